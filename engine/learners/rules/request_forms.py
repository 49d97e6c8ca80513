"""The forms in which people ask (wishes, orders to the assistant, questions, reports of trouble) as patterns."""

import re

from .wordlist import listed

_VERBS = listed(
    """
    activate add adjust apply arrange assign block book borrow bring buy cancel cash change check claim close
    collect complain confirm connect correct create deactivate decrease delete deliver deposit discuss dispute
    downgrade download edit escalate exchange extend file find fix fly freeze get increase install insure join
    know learn log look lower make merge modify move open order pay place postpone print purchase reactivate
    rebook receive record recover redeem reduce refill refund register reimburse reinstall reload remove renew
    rent repair replace report request reschedule reserve reset resolve restart restore return save schedule see
    select sell send set sign sort speak split start stop submit subscribe swap switch talk terminate top trace
    track transfer travel turn unblock unfreeze unlock unsubscribe update upgrade upload use verify view waive
    wire withdraw
    """
)
_VERB = rf"(?:{'|'.join(sorted(_VERBS, key=lambda verb: (-len(verb), verb)))})"
WANT = re.compile(
    r"^(?:i|we) (?:\w+ly |just |also |still |only |do |would |had )*(?:(?:want|wants|wanted|gotta"
    r"|have to|need|needs|needed|wish|would like|like(?= (?:to|an?)\b)|would love|am trying"
    r"|was trying|am looking|was hoping|am hoping|am calling|called|am writing|am here|am in need of"
    r"|am after|am interested in|"
    r"was wondering if (?:you|i|we) (?:can|could)))(?: \w+ly)?(?: (?P<to>to(?! you\b)))? (?P<rest>.+)$",
    re.IGNORECASE,
)
COULD_YOU = re.compile(
    r"^(?:can|could|would|will|cud|may)(?: you| u| some ?one| some ?body| any ?one)(?: \w+ly| please"
    r"| pls| kindly)* (?P<rest>.+)$",
    re.IGNORECASE,
)
CAN_I = re.compile(r"^(?:can|could|may|might|shall)(?: i| we)(?: please| also| just| kindly)* (?P<rest>.+)$", re.IGNORECASE)
HOW_TO = re.compile(r"^(?:how|where) (?:do|can|could|should|would|to)(?: i| we)? (?P<rest>.+)$", re.IGNORECASE)
WH = re.compile(
    r"^(?P<wh>when|where|why|what|how much|how long|how many|which|what time)(?P<aux>'s| is| are| was"
    r"| were| will| does| do| did| can| has| have)\b ?(?P<rest>.+)$",
    re.IGNORECASE,
)
IS_THERE = re.compile(
    r"^(?:is|are) there (?:any |an? )?(?P<rest>.+)$|^do (?:you|u) (?:have|offer|sell|provide|accept"
    r"|support|deliver|ship)(?: any| an?)? (?P<rest2>.+)$",
    re.IGNORECASE,
)
REPORT = re.compile(r"^(?P<what>(?:my|our|the) .+)$", re.IGNORECASE)
TROUBLE = re.compile(
    r"\b(?:not|n't|nt|broken?|crack(?:ed)?|crash(?:ed|es|ing)?|slow|missing|late|delayed?|lost"
    r"|stolen?|damaged?|wrong|declined|charged|locked|failed|fails|failing|down|error|stopped|stops"
    r"|never|leak(?:ing|s)?|stuck|"
    r"frozen|freez(?:es|ing)|expired|cancell?ed|denied|rejected|hacked|overcharged|defective|faulty"
    r"|dead|won'?t|cannot|can'?t|cant|doesn'?t|doesnt|isn'?t|isnt|disconnect(?:s|ed|ing)?|drops"
    r"|dropped|keeps|broke|blocked|empty|torn|scratched)\b",
    re.IGNORECASE,
)
I_TROUBLE = re.compile(
    r"^(?P<what>(?:i|we) (?:have |just |recently |also |accidentally )*(?:lost|forgot|forgotten"
    r"|can'?t|cannot|could not|couldn'?t|cant|am unable to|was unable to|am not able to"
    r"|haven'?t received|havent received|"
    r"have not received|did not receive|didn'?t receive|didnt receive|never received|not received"
    r"|(?:was|got) (?:double[- ]|over|wrongly )?charged|received (?:the|a) wrong|was billed"
    r"|am locked out|keep getting|missed|got locked|noticed|see a) .+|"
    r"(?:i|we) (?:am |are |was |were |got )*(?:locked out|locked|overcharged|scammed|hacked"
    r"|robbed)(?: .+)?|(?:some ?one|some ?body) (?:has |have )?(?:used|stole|stolen|hacked|charged"
    r"|accessed|opened) (?:my|our) .+)$",
    re.IGNORECASE,
)
PROBLEM = re.compile(
    r"^(?:i|we|there)(?: am| are| is)? (?:have|having|had|got|facing|face|experiencing|some|is|are"
    r"|getting)? ?(?:an?|some|the|any)? ?(?:\w+ )?(?P<what>problems?|issues?|trouble|difficulty"
    r"|difficulties|errors?|question|complaint)\b"
    r" ?(?P<rest>(?:with|about|on|in|regarding|when|while|accessing|logging|opening|using|concerning"
    r"|related to|for|connecting|of) .+)$",
    re.IGNORECASE,
)
IMPERATIVE = re.compile(
    rf"^(?:help me |help )?(?:(?:with|to) )?(?P<verb>{_VERB}|give|tell|provide|show|explain"
    rf"|(?:e-?mail|mail)(?= (?:me|it|my|the|a)\b)|call|let|arrange|help|sent)\b (?P<rest>.+)$",
    re.IGNORECASE,
)
GERUND = re.compile(
    r"^(?:regarding|about|concerning|for)? ?(?P<verb>checking|fixing|reporting|claiming|updating"
    r"|changing|booking|cancelling|canceling|renewing|ordering|requesting|tracking"
    r"|returning) (?P<rest>.+)$",
    re.IGNORECASE,
)
ABOUT = re.compile(
    r"^(?:know|knowing|find out|ask|asking|inquire|enquire|see|understand|hear|learn|talk|tell me"
    r"|tell|let me know|check on|check|confirm|discuss|speak)\b(?: (?:more|you|u|me|please"
    r"|out))*(?: (?P<about>about|for|on|of|regarding))?\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
GIVE_ME = re.compile(
    r"^(?:give|send|sent|provide|get|show|(?:e-?mail|mail)(?= (?:me|it|my|the|a)\b)|forward|resend|offer|have)(?: (?:me"
    r"|us))?(?: with)?(?: over)? (?P<rest>.+)$",
    re.IGNORECASE,
)
EMPTY = re.compile(
    r"^(?:it|that|this|them|these|those|one|some|more|all|so|now|yes|no|not|him|her|you|u|something"
    r"|anything|everything|what|there|here|go|be|do|say|wait|think|thank|tell|help|your help|help me"
    r"|your service|service|services|"
    r"assistance|support|(?:one|a|some|your)? ?(?:small|more|little|other|quick)? ?(?:help|favou?r"
    r"|question|thing)|the same|another|a favor|sure|back|me|yourself|check|see|know|your name"
    r"|a moment|time|a minute|a second)(?: (?:please|now|too|also|again|back|with it|to me|for me|me"
    r"|it|from you|so|there))*$",
    re.IGNORECASE,
)
VAGUE_START = re.compile(r"^(?:it|that|this|them|you|u|him|her|there|what you|what i|such|like|so)\b", re.IGNORECASE)
PRONOUN_OBJECT = re.compile(
    r"^\w+ (?:it|them|one|this|that|these|so|the|they)(?:$| (?:to|for|in|on|from|with|by|at|too|now"
    r"|again|back|and|as|out|up)\b)",
    re.IGNORECASE,
)
ALONE = frozenset(("cancel", "complain", "unsubscribe", "reschedule", "upgrade", "downgrade", "sign up", "enroll"))
OFTEN_NOUNS = listed(
    "book order claim request change transfer report copy place file record top return split make travel "
    "upgrade update exchange refund repair rent stop start trace track turn use view switch swap block cash download upload "
    "print purchase pay save sort log look move deposit dispute cover"
)
"""verbs that are as often nouns: a wish holds the verb only with "to", or with an object ("book a table")"""
NOUNS = listed("proof reimbursement software help information assistance status boarding")
VERBS_SET = _VERBS | {"do", "change", "use", "apply", "log"}
