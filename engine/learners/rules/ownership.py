"""Whose an address or a number is, told by the words before it; and whether it corrects an earlier one."""

import re

OTHERS = re.compile(
    r"\b(?:emergency contact|next of kin|beneficiary|guarantor)\b[^.;?!]{0,60}$"
    r"|\b(?:his|her|their|your|(?:my|our|the) (?:[a-z]+ )?(?:wife|husband|partner|spouse|son|daughter"
    r"|child|mother|father|mom|mum|dad|brother|sister|friend|"
    r"colleague|boss|manager|doctor|agent|neighbou?r|landlord|roommate|girlfriend|boyfriend"
    r"|fianc[eé]e?|passenger|driver|recipient|store|shop|restaurant|hotel|"
    r"bank|airline|company|courier|seller|merchant|support|helpline|emergency contact|secretary"
    r"|assistant)s?(?:'?s?)?)\b(?! (?:\w+ )?and i\b)[^,.;?!]{0,40}$",
    re.IGNORECASE,
)
CALLED_BY = re.compile(
    r"\b(?:from|called|calling|dialed|dialled|rang|texted) (?:(?:me|us|you|by|the|this|a|your|their"
    r"|number|from|on) ?)*(?:is |was )?$|\b(?:i got|received)\b[^,.;]{0,40}$",
    re.IGNORECASE,
)
CORRECTS = re.compile(
    r"\b(?:sorry|no|actually|wrong|correct(?:ion)?|change|changed|mistake|oops|instead|i mean|i meant|not)\b", re.IGNORECASE
)
