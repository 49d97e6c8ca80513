"""Given names met in many countries: evidence that a lone lower-case word is somebody's name.

Absence from this list proves nothing. ``AMBIGUOUS`` names are everyday words too ("will", "mark"): they count only where the
customer is plainly giving a name, or wrote them with a capital.
"""

from .wordlist import listed

AMBIGUOUS = listed(
    """
    jan will may mark bill art drew frank rich pat guy dean chase grant sue chance young grace hope faith joy
    rose ruby pearl iris ivy dawn eve april june august jack rob bob nick sunny summer autumn melody harmony
    mercy patience charity destiny trinity norm gene ray skip chip don gay jay kay bay rusty buck ace king
    prince earl duke major sky rain star miles carol holly violet daisy lily olive angel hunter mason carter
    cooper parker tanner taylor baker fisher sterling wolf fox forest cliff rock glen dale heath ford page penny
    sandy windy stormy christian noble royal justice frankie christmas john sam dick van long jean mike mac
    victor pierce wade lance reed flora viola ginger clay wonder archer heaven bear love precious
    """
) - frozenset(
    (
        "jack",
        "john",
        "sam",
        "mike",
        "bob",
        "rob",
        "nick",
        "jean",
        "christian",
        "taylor",
        "victor",
        "cooper",
        "ray",
        "lily",
        "carol",
        "holly",
    )
)

GIVEN_NAMES = (
    listed(
        """
    aaron abbas abby abdul abdullah abel abhishek abigail abraham ada adam adele adeline aditi aditya adrian
    adriana adrienne agnes ahmad ahmed aidan aiden aileen aisha aishwarya ajay ajith akash akira alan alana
    alastair albert alberto alec alejandra alejandro alessandro alex alexa alexander alexandra alexandre alexei
    alexis alfonso alfred alfredo ali alice alicia alina alison alistair allan allen allie allison alma alvaro
    alvin alyssa amanda amar amara amber amelia amina amir amit amita amrita amy ana anabel anabella anand
    anastasia andre andrea andreas andrei andres andrew andy angela angelica angelina angelo angie angus anika
    anil anita anitha anjali ankit ann anna annabel annabelle anne annette annie anouk anthony antoine anton
    antonia antonio anu anup anurag anya archie ariana ariel arjun arlene arman armando arnav arnold arthur
    arturo arun arvind asha ashish ashley ashok ashton asif aslan astrid athena audrey augusto aurora austin ava
    avery avinash axel ayaan ayesha ayse aziz babu bailey bala balaji barbara barney barry bart basil beatrice
    beatriz becky bella ben benedict benita benjamin bernadette bernard bernice bert bertha bessie beth bethany
    betsy betty beverly bharat bharath bhavana bianca bilal billie billy bjorn blake blanca bob bobbie bobby
    boris brad bradley brady brandon brandy brenda brendan brent brett brian briana brianna bridget bridger
    brigitte brittany brooke bruce bruno bryan bryce butch byron caleb callum calvin cameron camila camille
    candace candice carl carla carlo carlos carly carmen carol carole carolina caroline carolyn carrie cary
    casey cassandra cassidy catalina catarina catherine cathy cecil cecilia cedric celeste celia celine cesar
    chad chandra charlene charles charlie charlotte chasity chelsea chen cheryl chester chetan chiara chitra
    chloe chris christa christian christina christine christoph christopher christy chuck ciara cindy claire
    clara clarence clarissa claude claudia clayton clemens clifford clint clinton clive clyde cody colin colleen
    conor connor conrad constance cooper cora corey corinne cornelia cory courtney craig cristian cristina
    crystal curtis cynthia cyrus daan daisuke dakota dalia damian damien damon dan dana daniel daniela daniele
    danielle danny dante daphne darius darlene darnell darrell darren darryl daryl dave david dawid dean deanna
    debbie deborah debra deepa deepak deepika deirdre delia delores denis denise dennis derek derrick desmond
    devika devin devon dexter dhanush dhruv diana diane dianne didier diego dieter dilip dimitri dina dinesh
    dirk divya dmitri dmitry dolores dominic dominik dominique don donald donna dora doreen dorian doris dorothy
    doug douglas duane duncan dustin dwayne dwight dylan eddie edgar edith edmund eduardo edward edwin eileen
    ekaterina elaine eleanor elena eli elias elijah elin elisa elisabeth elise eliza elizabeth ella ellen ellie
    elliot elliott elmer elsa elsie elton elvira elvis emanuel emil emilia emilio emily emine emma emmanuel
    emmett enrico enrique eric erica erich erik erika erin ernest ernesto esme esperanza estelle esteban esther
    ethan etienne eugene eugenia eunice eva evan evelyn ezekiel ezra fabian fabio faisal faiz farah farhan farid
    farina fatima fatma federica federico felicia felicity felipe felix femke fernanda fernando filip finley
    finn fiona flavia fletcher florence florian frances francesca francesco francis francisco francois frankie
    franz fred freda freddie frederic frederick frederik freya friedrich fritz gabriel gabriela gabriella
    gabrielle gail ganesh gareth garrett garry gary gaurav gavin gayle geert geeta gemma geoff geoffrey george
    georgia georgina gerald geraldine gerard gerhard german gertrude gianni gilbert gilberto gillian gina
    giorgio giovanni gita giulia giuseppe gladys glenda glenn gloria gopal gordon govind grace graham greg
    gregor gregory greta gretchen guadalupe guido guillaume guillermo gunnar gunter gupta guru gus gustav
    gustavo guy gwen gwendolyn hadi hailee hailey haley hamid hamza hanna hannah hannes hans hari harini harish
    harley harold harriet harris harrison harry harsh harsha haruka harvey hasan hashim hassan hayden hazel
    heather hector heidi heike heinz helen helena helene helga hendrik henri henrik henry herbert herman hernan
    hilary hilda hiro hiroshi hiroko homer hong horace howard hubert hugh hugo humberto hussain hussein ian
    ibrahim ida ignacio igor ilse imran ina indira ines inga ingrid iqbal ira irene irina irma irving isa isaac
    isabel isabella isabelle isaiah ishaan ishan isla ismael ismail israel ivan ivana jack jackie jackson jacky
    jaclyn jacob jacqueline jacques jade jaden jagdish jai jaime jake jamal james jamie jan jana jane janet
    janice janine jared jasmin jasmine jason jasper javier jayden jayesh jayne jean jeanette jeanne jeff jeffery
    jeffrey jelena jen jenna jennie jennifer jenny jerald jeremiah jeremy jermaine jerome jerry jess jesse
    jessica jessie jesus jia jill jillian jim jimmy jin jing joachim joan joana joann joanna joanne joao jocelyn
    jodie jody joe joel joelle joey johan johann johanna johannes john johnathan johnnie johnny jon jonah jonas
    jonathan jordan jordi jorge jorgen jose josef joseph josephine josh joshua josie joyce juan juana juanita
    judith judy juergen jules julia julian juliana julianne julie juliet juliette julio julius jun junaid jurgen
    justin justine kaitlyn kai kamal kamala kamila karan kareem karen karim karin karina karl karla karolina
    karthik kartik karthick kasper kate katarina katarzyna katelyn katherine kathleen kathryn kathy katie katja
    katrin katrina katya kaveh kavin kavitha kavya kayla keith kellie kelly kelsey kelvin ken kendra kenji
    kenneth kenny kent kerry kevin khalid khaled kieran kim kimberly kiran kirk kirsten kirsty klaas klaus koen
    krishna krishnan kristen kristin kristina kristof krystyna kumar kunal kurt kyle kylie lakshmi lana lara
    larissa larry lars lata latoya laura lauren laurence laurent laurie lavanya lawrence layla lea leah leanne
    lee leela leena leigh leila lena lenny leo leon leona leonard leonardo leopold leroy leslie lester leticia
    levi lewis liam lila lilian liliana lillian lilly lily lin lina linda lindsay lindsey ling linus lionel lisa
    liu liz lizzie logan lois lola lonnie lora lorena lorenzo loretta lori lorna lorraine lou louis louisa
    louise luc luca lucas lucia luciana lucie lucille lucinda lucy ludwig luigi luis luisa luiz lukas luke luna
    lydia lyle lynda lynn mabel madeleine madeline madhav madhavi madhu madison mae magdalena maggie mahesh maja
    malcolm malik mallory mamta mandy mani manish manisha manju manoj manon manuel manuela mara marc marcel
    marcela marcelo marcia marcin marco marcos marcus margaret margarita margot maria mariam marian mariana
    marianne marie mariette marija marilyn marina mario marion marisa marisol marissa marius marjorie markus
    marlene marlon marsha marta martha martin martina martine marty marvin mary maryam mateo mathew mathias
    mathieu matilda matt matteo matthew matthias maura maureen maurice mauricio max maxim maxime maximilian
    maxine maya megan meena meera mehmet mei meir mel melanie melinda melissa melvin mercedes meredith mia micah
    michael michaela michal micheal michel michele michelle mick miguel mikael mike mikhail mila milan mildred
    milena miles millie milo milton mina ming minh mira miranda mirela miriam misha mitch mitchell mohamed
    mohammad mohammed mohan mohit moira mollie molly mona monica monika monique morgan moritz morris moses
    muhammad mukesh muriel murray mustafa myra myriam nadia nadine nagaraj naima nancy naomi narayan naresh
    natalia natalie natasha nathalie nathan nathaniel naveen navin ned neeraj neha neil nelson nestor niamh
    nicholas nick nicky nico nicola nicolas nicole niels nigel nikhil nikita nikki niko nikolai nila nils nina
    ninad nirmala nisha nitin noah noel noelle noor nora norbert noreen norma norman octavio odette olaf ole
    oleg olga oliver olivia olivier olu omar omer ophelia oscar oskar otis otto owen pablo paige pamela paola
    paolo parker parvati pascal patel patrice patricia patrick patsy patti patty paul paula paulina pauline
    paulo pavel pavithra pedro peggy penelope percy perry pete peter petra phil philip philipp philippa philippe
    phillip phoebe phyllis pierre pieter piet pilar piotr piper pooja prabhu pradeep prakash pranav prasad
    prashant pratik praveen preeti prem preston priscilla priya priyanka qing quentin quinn rachael rachel radha
    rafael raghav raghu rahul raj raja rajan rajat rajeev rajesh rajini raju rakesh ralf ralph ram rama raman
    ramesh ramon ramona randall randy ranjith raphael raquel rashid rasmus raul ravi raymond rebecca reena
    regina reginald reinhard remy rena renata renate rene renee reuben rex reza rhonda ricardo riccardo richard
    rick ricky riley rina rita ritu riya rob robbie robert roberta roberto robin robyn rocco roderick rodney
    rodrigo roger rohan rohit roland rolf roman romeo ron ronald ronan ronnie rory rosa rosalie rosalind rosanna
    rosario roscoe roseanne rosemary rosie ross rowan roxanne roy ruben rudolf rudy rufus rupert russell ruth
    ryan saad sabine sabrina sachin sadie said sally salma salman salvador salvatore sam samantha sameer samir
    sammy samuel samira sandeep sander sandra sandro sangeeta sanjay sanjeev santiago santosh sara sarah
    saravanan sasha saskia satish saul savannah scott sean sebastian selena selim selina selma senthil serena
    serge sergei sergey sergio seth shakira shane shankar shannon sharon shaun shauna shawn sheila shelby shelly
    sherry shirin shirley shiva shreya shruti shyam sian sid siddharth sidney siegfried sigrid silas silvia
    simon simona simone siobhan sofia sofie sonia sonja sonya sophia sophie soren spencer sridhar srinivas
    stacey stacy stan stanislav stanley stefan stefania stefano stella stephan stephanie stephen steve steven
    stewart stuart subash sudha sujatha sumit sunil sunita suresh surya susan susana susanna susanne susie
    suzanne suzie sven svetlana swati sybil sydney sylvia sylvie syed tabitha tadeusz taha takeshi tamara tammy
    tania tanja tanvi tanya tara tariq tasha tatiana taylor ted teresa teri terrance terrence terry tessa thea
    thelma theo theodore theresa therese thiago thibault thierry thomas tiago tiffany tilda tim timo timothy
    tina tobias toby todd tom tomas tomasz tommy toni tony tracey tracy travis trent trevor tricia trisha
    tristan trudy tucker tyler tyrone uma umar umesh ursula usha uwe valentina valentin valerie vanessa varun
    vasco vera vernon veronica veronika vicki vicky victor victoria vijay vikas vikram vince vincent vincenzo
    vinod viola violeta virginia vishal vishnu vivek vivian viviana vivienne vlad vladimir wade wallace walter
    wanda warren wayne wei wendy werner wesley wilbur wilfred wilhelm willem william williams willie wilma
    wilson winston wolfgang woody xander xavier xia xiao xin yan yang yannick yara yash yasmin yasmine yasir
    ying yolanda yosef youssef yuki yuri yusuf yvette yvonne zach zachary zack zahra zainab zane zara zhang zhen
    zoe zoltan zora zuzana
    """
    )
    | AMBIGUOUS
)

PARTICLES = listed(
    """
    van der den de del della di da dos das du la le von zu bin ibn al el ter ten af st san mc mac
    """
)
TITLES = listed("mr mrs ms miss dr prof professor sir madam mister doctor")
