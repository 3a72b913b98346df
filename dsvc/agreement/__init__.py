"""How far annotators agree on the same records, and on which ones they do not.

kinds.py          what kind of answers there are (labels, levels, sets, numbers, texts), and how far two are apart
coefficients.py   percent agreement, Cohen's and Fleiss' kappa, Krippendorff's alpha
joining.py        the answers of all annotators to each record
figures.py        all of it for one field: figures, labels, who confuses what, the records people disagree on
"""
