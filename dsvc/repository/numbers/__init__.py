"""The numbers of versions: on other branches, given twice, given up."""
