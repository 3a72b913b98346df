"""Parts that screens are made of. Data reaches them as plain text and is made safe where it is drawn."""
