"""How far annotators agree, measured, and kept with the versions it was measured on."""
