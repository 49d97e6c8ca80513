"""Everyday English words, so that a word that is *not* here may be somebody's name.

Two sets. ``FUNCTION`` words never begin or continue a name unless the writer capitalised them in a sentence: closed-class
words, auxiliaries, talk about the conversation itself, and the nouns that stand beside a name in a support chat ("booking",
"number"). ``COMMON`` words are ordinary nouns, verbs and adjectives: not a name on their own, but possible surnames
("Nora West"). Inflected forms are found by `is_common`, so the lists hold base forms.
"""

import re
from functools import lru_cache

from .wordlist import listed

FUNCTION = listed(
    """
    co ltd inc llc corp pvt gmbh a an the this that these those here there it its it's i i'm im iam i'd i'll
    i've ive ill me my mine myself we us our ours you u ur your yours yourself he him his she her hers they them
    their theirs who whom whose which what whats when where why how and or but nor so if then than because cause
    since though although while whether until till unless as at by for from in into of off on onto out over to
    up down with without within about above across after against along among around before behind below between
    beside besides beyond during except inside near outside past per through throughout toward towards under
    upon via not no nope nopes nah none never nothing nobody nowhere noone any anybody anyone anything anyway
    anywhere some somebody someone something sometime sometimes somewhere every everybody everyone everything
    everywhere each either neither both all another other others else such same own few many much more most less
    least little lot lots several enough only just even ever also too very really quite rather pretty almost
    already always again still yet now soon later today tonight tomorrow yesterday ago once twice often usually
    recently currently actually basically maybe perhaps probably possibly certainly definitely surely of-course
    obviously unfortunately hopefully finally am is are was were be been being isn't isnt aren't arent wasn't
    wasnt weren't werent ain't aint do does did done doing don't dont doesn't doesnt didn't didnt have has had
    having haven't havent hasn't hasnt hadn't hadnt can could cant can't cannot couldn't couldnt will would
    won't wont wouldn't wouldnt shall should shouldn't shouldnt may might must let lets let's get gets got
    getting go goes going gonna gone went come comes came want wants wanted wanna need needs needed like likes
    liked know knows known think thinks thought mean means meant say says said tell tells told ask asks asked
    asking call calls called calling speak speaking talk talking see seen look looks looking make makes made
    making put take takes took taking give gives gave given giving keep try tried trying use uses used using
    find found wait waiting help helps helping please pls plz kindly thank thanks thankyou thanku thnx thx tnx
    thankz ty welcome sorry apologies apologize excuse pardon hi hii hiii hello hellooo helo hey heya hai haii
    hay yo dear sir sirs madam maam ma'am mam miss mister yes yep yeah yea ya yup y yesplease sure ok okay okey
    okk k kk alright right correct incorrect exactly true false fine great well cool super perfect nice awesome
    excellent wonderful fantastic lovely amazing bye byee goodbye regards sincerely cheers greetings morning
    afternoon evening night day days week weeks month months year years hour hours minute minutes second seconds
    moment time times date monday tuesday wednesday thursday friday saturday sunday january february march april
    june july august september october november december jan feb mar apr jun jul aug sept oct nov dec name names
    named surname firstname lastname fullname number numbers numb num no. nos id ids ref code codes pin password
    passwords pass pwd ssn digit digits last first middle full email emails e-mail mail mails gmail phone phones
    mobile cell telephone contact address account accounts acct ac acc booking bookings booked book reservation
    confirmation order orders policy claim claims ticket tickets flight flights seat seats status assignment
    customer customers member client agent agents assistant user username login card company companies service
    services support question questions problem problems issue issues request one two three four five six seven
    eight nine ten eleven twelve zero hundred thousand regarding concerning according apart instead behalf
    urgent wrong new old different misspelled misspelt spelled spelt spelling pronounced registered listed
    written wife husband brother sister mother father mom mum dad son daughter boyfriend girlfriend partner
    friend colleague boss neighbour neighbor grandmother grandfather grandma grandpa uncle aunt cousin nephew
    niece fiance fiancee spouse child children kid kids parents family roommate landlord secretary hola gracias
    bonjour merci oui si ja nein nee danke hallo guten tag bitte por favor buenos dias ciao grazie namaste etc
    okay. lol omg haha hmm hm uh um er ah oh huh wow oops ouch asap fyi btw idk imo dunno gotta kinda sorta info
    cud wud shud pl rly thru tho cuz coz bcoz bec bcz wht wat hw abt msg txt tmrw tdy thats whos hows wheres
    heres theres youre theyre weve theyve youve shes hes that's what's who's how's where's here's there's he's
    she's they're we're you're we've you've they've frm frum nd adn anfd aand wid wth hav wnt wana thx4 he'd
    she'd they'd we'd you'd we'll you'll they'll he'll she'll it'll itll don
    """
)

COMMON = listed(
    """
    ability able absent absolute absurd accept access accident accommodate account accountant accurate achieve acount
    across act action activate active activity actual actully adapter add additional admin admit adres adress adult
    advance advantage advice advise afaik affiliated afford afraid african age agree agreement ahead aid aim air
    aircraft airline airplane airport airway aisle alarm alert alfredo alive allergic allergy allocate allocation
    allow almond alone alternative amazing american americano amount amoxicillin angry animal annoy annual annuity
    answer antivirus anxious anymore apartment app apparent appear appetizer apple application apply appoint
    appointment appreciate approve approximate apps area argue argument arm army arrange arrangement arrival arrive
    art article asian asleep aspect aspirin assess asset assign assist assistance assume assure asthmatic attach
    attachment attempt attend attention august australian authority authorize automatic autopay available average
    avocado avoid awake award aware away awful awkward baby back back-end background backup bacon bad bag bagel
    baggage baked balance ball ban banana band bank bar barbecue base basic basis basket bath bathroom battery bbq
    bcos beach bean beautiful beauty become becoz bed bedroom beef beer begin beginner behave belief believe belong
    beneficiary benefit best bet better big bigmac bike bill billing bird birth birthday biryani bit bite bitter
    biweekly black blame blank bless blind block blood bloody blow blue blueberry board boarding boat body bold
    bolognese bone boneless bonus bookng boot booth bore bored born borrow bother bottle bottom box boy branch brand
    bravo brb bread break breakfast breathe brief bright brilliant bring brisket british bro broad broadband broccoli
    broke broken bronze brother brown brownie browser browsing bs buck bucket buddy budget bug build building bullshit
    bumper bundle burger burn burrito bus business bust busy butter butterscotch button buy buyer cab cabbage cabin
    cable caesar cake calculate calculator calendar calm calzone camera camp campaign canadian cancel cancellation
    cancle cap capable capital cappuccino captcha car caramel carbonara care career careful cargo carpet carrier
    carrot carry carryon cartridge case cash cashew casual cat catch category catholic cauliflower cause cd celebrate
    celiac cell cent center central centre century certain certificate chai chain chair challenge champion chance
    change channel character charge charger charity chart chat cheap cheat check checkbook checkin checking checkout
    checkup cheddar cheek cheese cheeseburger cheesecake cheque cherry chest chicken chief chili chilli chinese chip
    chips chng chnge chocolate choice choose christian christmas church cigarette cinema cinnamon circle citizen city
    civil claim class classic clean clear clerk clever click climb clinic clock close cloth clothes cloud club clue
    clutch coach coat coconut cod coffee coin coke cola cold coleslaw collapse collect collection college collision
    color colour combination combine combo comedy comfort comfortable comment commission commit commitment committee
    common communicate communication community commute compare compensation compete competition complain complaint
    complete complex complicated compliment component comprehensive computer concentrate concept concern concert
    condition conduct conference confident confirm confrim confuse congrats congratulation connect connection
    conscious consider consideration consist constant consumer contact contain content contest context continue
    contract contribute control convenient conversation convert convertible convince cook cookie copay copy corn
    corner corporate correct cost cottage couch cough council count counter country county coupe couple coupon courage
    courier course court cover coverage cow crab crack crap crash crazy cream create credit crew crime crisis crispy
    critical croissant cross crowd cruel crust cry cucumber culture cup cure curious currency current curry curse
    customize cut cute cycle dad daddy daily damage damn dance danger dangerous dark darling dash data database
    deactivate dead deadline deaf deal death debate debenture debit debt decade decaf decent decide decision declare
    decline decoder decrease deduct deductible deep default defect defend deficit definite degree delay delete
    delicious delight deliver delivery deluxe demand dental dentist deny depart department departure depend deposit
    depress depth describe description deserve design desire desk desktop desperate dessert destination destroy detail
    detect determine dev develop developer development device dew diabetic diagnose dial diamond diet difference
    difficult dig digital dime dinner direct direction director dirty disable disabled disappear disappoint disaster
    disc disconnect discount discover discuss discussion disease disgust dish dislike display dispute distance
    district disturb divide dividend divorce dizzy dns doctor document dog dollar domain dongle donut door doorstep
    dosa dose double doubt doughnut download downtown dozen dr draft drag drain drama draw dream dress drink drive
    driver drop drowning drug drumstick drunk dry duck dude due dumb dump dumpling duplicate dust dutch duty dvd dvr
    dzire eager ear earbuds early earn earphones earth ease east easy eat economic economy edge edit editor educate
    education effect effective efficient effort egg elderly elect electric electricity electronic element elevator
    eligible elite embarrass emergency emotion employ employee employer empty enable encounter end endorsement enemy
    energy engage engine engineer english enhance enjoy enormous enquire enquiry enroll ensure enter entertain
    entertainment entire entrance entree entry envelope environment equal equipment equity error escape escrow
    espresso essential establish estate estimate ethernet european evaluate event eventual evidence evil ewallet exact
    exam examine example exceed excellent exception exchange excite executive exercise exhaust exist exit expand
    expect expectation expedia expense expensive experience expert expire expiry explain explore export expose express
    extend extension extent extra extreme eye fabulous face facility fact factor factory fail failure faint fair faith
    fake falafel fall familiar famous fan fancy fanta fantastic far fare farm fashion fast fat fate fault favor
    favorite favour favourite fax fear feature fee feed feedback feel feeling female fence fender feta fever fiber
    fibre fiction field fight figure file fill film filter final finance financial finger finish fire firestick
    firewall firm fish fit fix flag flash flat flavor flex flexible flght float flood floor flow flower flu fly focus
    fold folder folk folks follow food fool foot football footlong force foreign forest forever forex forget forgot
    forgotten form formal format former fortunate fortune forward foundation frame frank frappe fraud free freedom
    freeze freight french frequent fresh fridge fried fries frighten front frozen fruit frustrate fry fuel full fun
    function fund funeral funny furious furniture further future fyn gain gallon game gamer gap garage garbage garden
    garlic gas gate gather gay gearbox general generate generous gentle gentleman genuine german gift gimme ginger
    girl glad glass global globe gluten gm gn goal goat gold golden golf good goodmorning goodnight goods government
    gpay grab grade grand granddaughter grandson granny grape graphics grateful gravy gray greek green grey grill
    grilled grocery gross ground group grow growth grt guacamole guarantee guard gud guess guest guide guilty guitar
    gulab gun guy guys gym gyro habit hack hair halal half hall ham hamburger hand handle handy hang happen happy hard
    hardware harm hat hatchback hate hazelnut hdmi head headache headlight headphone headphones headset health healthy
    hear heart heat heater heavy heel height hell heloc helpful helpline hesitate hide high highlight hill hindu hint
    hire history hit hobby hold hole holiday home homeless homepage honest honey honor hook hop hope horrible horse
    hospital host hot hotdog hotel hotels hotspot hourly house household housing hru hub huge human humid hummus
    hungry hurray hurry hurt ibuprofen ice icecream iced icon idc idea ideal identification identify identity idiot
    idli ignore ikr ill illegal image imagine immediate immigrant immigration impact impatient import important
    impossible impress improve inbox inch incident include income inconvenience increase incredible indeed independent
    index indian indicate individual industry inform information initial injure injury innit innocent input inquire
    inquiry insane insert inside insist inspect inspire install installment instance instant institute instruct
    instruction instrument insufficient insulin insurance insure insured intelligent intend intense intention interest
    interesting intermediate internal international internet interrupt interview intolerant introduce invalid invest
    investigate investment invite invoice involve irish iron island issue isue italian item itinerary jacket jail
    jalapeno jamun japanese jet jetlag jewish job jobless join joint joke joking journal journey joy jpg judge juice
    jump junior junk jury justice kabob kebab keen ketchup key keyboard keyboards keypad kick kidding kill kind
    kitchen knee knock knowledge korean kosher kung lab label labor lack lactose ladder lady lake lamb lame lamp land
    landline lane language laptop large lasagna lasagne laser lassi late latest latte laugh launch laundry law lawyer
    lay layover lazy lead leader league leak lean learn lease leather leave ledger left leg legal legroom lemme lemon
    lemonade lend length lentil lesson letter lettuce level liability liable library licence license lid lie life lift
    light lightning limit limited line link lip liquid list listen literally live liver lmk load loan lobby lobster
    local locate location lock locked lockscreen lodge logistics logo logout lonely long loop loose lose loss lost
    lottery loud lounge love low loyal loyalty luck lucky luggage lunch luxury macchiato machine mad magazine magic
    mail mailbox main maintain maintenance major majority male mall manage management manager mango manual manufacture
    map margarita margherita margin mark market marketing marriage married marry masala mash mass massive master match
    mate material math matter maximum mayo mayonnaise mcchicken meal measure meat mechanic media medical medication
    medicine medium meet meeting melt membership memory mend mental mention menu merchant mercy mess message messenger
    metal metformin method mexican middle midnight mild mile milk milkshake mind mini minimum minivan minor mirror
    miserable missing mission mistake mix mms mocha mode model modem modern modify mommy monitor month monthly mood
    moon morng mortgage motel motherboard motion moto motor motorcycle mountain mouse mouth move movie mozzarella mrng
    muffin multiple muscle museum mushroom music musical muslim mustard mute mutton mutual naan nacho nail naked
    narrow nasty nation national native natural nature naughty necessary neck negative negotiate nerve nervous net
    netbanking network neutral newbie newly news newspaper next nickel noise noisy nominee nonsense nonstop nonveg noo
    noob noodle normal north nose note notebook notice notify novel nowadays np nuclear nugget numb nurse nut nvm
    object objection obligation observe obtain occasion occupy occur ocean odd offer office officer offline oil okie
    olive olives omelet omelette omit omw oneway onion online open opening operate operation operator opinion
    opportunity opposite option optional orange ordinary organic organise organize origin original outage outcome
    outdoor outfit outlet output outrageous outstanding oven overcharge overdraft overdue overnight overseas overtime
    overweight owe owner pack package packet pad page pain paint pair pal pale pan pancake paneer panel panic pants
    pao paper paracetamol parcel parent park parking parmesan part partial particular party passbook passcode
    passenger passport passwrd past pasta path patience patient pattern pause pay payable payee payment payroll paytm
    pdf pea peace peach peak peanut pear pen penalty pending penicillin penne pension pensioner people pepper
    pepperoni pepsi percent perfect perform perfume period permanent permission permit person personal pet petrol
    pharmacy phase photo physical piano pick pickle pickup picture pie piece pile pill pillow pilot pineapple pink
    pipe pissed pita pizza place plain plan plane plant plastic plate platform platinum platter play player pleasant
    pleased pleasure plenty plug plumber plus pocket point police polite political pool poor pop popcorn popular
    population popup pork portal portion portuguese position positive possible post postage postal postcode poster
    postpaid pot potato potential pound pour power powerful ppl practical practice prawn prblm precious prefer
    preference preferred pregnant premium prepaid prepare prescription present presentation president press pressure
    prevent previous price pride primary prime print printer prior priority prison private prize pro probem proble
    procedure proceed process produce product production profession professional professor profile profit program
    programme progress project promise promo promotion prompt proof proper property propose protect protection proud
    prove provide provider provision public pull pump punch purchase pure purple purpose purse push puzzle qualify
    quality quantity quarter quarterly queen query quesadilla quick quiet quit quota quote race radiator radio rail
    rain raise ramen ranch random range rank rapid rare raspberry rate ravioli raw reach react read ready real reality
    realize rear reason reasonable reboot recall receipt receive recent reception recharge recieve recipe recognise
    recognize recommend record recover recruit recurring red redbull redeem reduce reduction refer reference refill
    refinance reflect refund refurbish refuse regard region register regret regular reimburse reimbursement reinstall
    reject relate relation relationship relative relax release relevant reliable relief relocate rely remain remark
    remember remind remittance remote remove rendal renew renewal rent rental repair repeat replace replacement reply
    report represent representative republic reputation require requirement reschedule rescue research reset resident
    resolve resort resource respect respond response responsible rest restart restaurant restore restrict result
    retail retire retired retrieve return reveal revenue reverse review reward rib rice rich ricotta rid ride rider
    ridiculous ring ringtone rise risk river rn road roaming roasted rob robot rock role roll roof room root rope roth
    roti rough round roundtrip route router routing row royal rubbish rude ruin rule run runway rupee rush russian sad
    safe safety salad salami salary sale sales salmon salsa salt sambar samosa sample sandwich sashimi satisfaction
    satisfy sauce sausage save savings scam scan scanner scare schedule scheme school science scooter score scottish
    scratch scream screen screenshot screw script sea search season seating section sector secure security sedan seek
    seem select selection self sell send senior sense sensitive sent sentence separate series serious seriously servce
    serve server session set settle settlement setup severe sex shade shake shame shape share sharp shave shawarma
    sheet shelf shell shift shine ship shipment shipping shirt shit shock shoe shoes shoot shop shopping short shot
    shoulder shout show shower shrimp shut shy sick side sight sign signal signature significant signup silent silly
    silver sim similar simple simulate sing single sink sirji sis sit site situation size skill skin skip sky slam
    sleep slice slide slight slip slot slow slush small smart smartphone smell smh smile smoke smooth smoothie sms
    snack snap snow soap social soda sofa soft software solar sold solid solution solve song sore sort sorted soul
    sound soup source south space spaghetti spam spanish spare speaker special specialist specific speed spell spend
    spent spicy spin spinach spirit split spoil sport spot spouse spread spring sprite square stable staff stage stain
    stairs stale stall stamp stand standard stapler star stare start starter state statement station stay steak steal
    steel step stepson stick still stock stolen stomach stop stopover storage store storm story straight stranded
    strange stranger strawberry stream streaming street strength stress stretch strict strike string strip stroller
    strong structure struggle stuck student studio study stuff stuffed stupid style sub subject submit subscribe
    subscriber subscription substantial succeed success sudden suffer sugar sugarfree suggest suggestion suit suitable
    suite sum summer sun sundae superb supper supply suppose surgery surprise surround survey survive sushi suspect
    suspend swedish sweet swim swiss switch symbol symptom syrup system tab table tablet taco tail taillight takeaway
    takeout talent tall tank tanks tap tape target task taste tax taxi tbh tea teach teacher team tear tech technical
    technician technique technology teen television temperature temporary tempura tend tender tennis tense teriyaki
    term terminal terminate terrible terrify test tethering text thai theater theatre theft theme theory therapy thick
    thief thier thin thing third thirsty thnak thnk thr threat thrill throw thumb tickt tie tight tikka tile tiny tip
    tiramisu tire tired title toast tofu toilet token tomato tommorow tomorow tone toner tongue tool toolbar tooth top
    topic topping topup total touch touchscreen tough tour tourist tow towel tower town toy tq track tracking trade
    tradition traffic train trainer transaction transfer transform transit translate transport trap trash travel
    traveler treat treatment tree trial trick trip tropical trouble truck trunk trust truth ttyl tube tuna tune turkey
    turkish turn tv twin type tyre tysm ugly ultimate umbrella unable unacceptable unauthorized unaware unbelievable
    uncomfortable understand underwear unemployed unfair unhappy uniform union unique unit united universal university
    unknown unlimited unlock unsubscribe unsure unusual unwell upcoming updat update upfront upgrade upi upload upset
    upstairs urban urge url usage usb useful useless user usual utility vacant vacation vaccine vague valid validity
    valley valuable value van vanilla variety various vary vast veg vegan vegetable vegetarian veggie vehicle vendor
    verification verify version veteran video view village violent virus visa visible visit visitor vital vitamin
    vodka voice voicemail volume volunteer vote voucher waffle wage wake walk wall wallet walnut war warehouse warm
    warn warranty wash washing waste watch water wave way wbu weak wealth weapon wear weather web webpage website
    wedding wedge weekday weekend weekly weigh weight weird welcom wellcome wen wer west wet wheat wheel wheelchair
    whisky white whole whopper wide widow widowed wifi wil wild win wind window windows windscreen windshield wine
    wing winner winter wire wireless wise wish withdraw withdrawal witness woman women wonton wood wooden word work
    worker workout world worry worse worst worth wound wrap wreck write wtf ya'll yah yall yard yay yearly yell yellow
    yess yesterday young youth zero zinger zone zoom
    """
)

_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("es", ""),
    ("s", ""),
    ("ed", ""),
    ("ed", "e"),
    ("d", ""),
    ("ing", ""),
    ("ing", "e"),
    ("er", ""),
    ("er", "e"),
    ("ers", ""),
    ("est", ""),
    ("ly", ""),
    ("ily", "y"),
    ("ment", ""),
    ("ments", ""),
    ("ness", ""),
    ("'s", ""),
)
_DOUBLED = re.compile(r"([bdgklmnprtv])\1(?:ed|ing|er|ers)$")
_DRAWN_OUT = re.compile(r"([a-z])\1+$")
_WORDLIKE_END = re.compile(
    r"(?:[^aeiou]ing|ous|ful|less|able|ible|tion|tions|sion|ment|ness|ality|tive|sive|ically|ually|ward|wise)$"
)


@lru_cache(maxsize=8192)
def is_common(word: str) -> bool:
    """Whether `word` (lower case) is an everyday English word, in any inflection."""
    if word in COMMON or word in FUNCTION or _DRAWN_OUT.sub(r"\1", word) in FUNCTION:
        return True
    for ending, base in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: len(word) - len(ending)] + base
            if stem in COMMON or (len(stem) > 3 and stem in FUNCTION):
                return True
    doubled = _DOUBLED.search(word)
    return bool(doubled and word[: doubled.start() + 1] in COMMON)


def looks_like_a_word(word: str) -> bool:
    """Whether `word` (lower case) is known English or is built like it ("outrageous", "unbearable", "misleading")."""
    return is_common(word) or (len(word) > 5 and bool(_WORDLIKE_END.search(word)))
