"""Passwords of ten characters and more that everybody who guesses tries first.  Shorter ones are refused anyway."""

_COMMON = """
    0000000000 00000000000 0123456789 0123456789a 0987654321 1029384756 1111111111 11111111111 1111122222
    1112223334 1122334455 112233445566 1212121212 1231231231 123123123123 1234512345 123451234512 1234554321
    1234567890 1234567890- 12345678900 1234567890a 1234567890q 1234567891 12345678910 1234567899 123456789a
    123456789abc 123456789q 123456789z 123456abcdef 123456qwer 123456qwerty 1234qwerasdf 123qweasdzxc 12qwaszx34
    1472583690 147258369a 159357456852 1a2b3c4d5e 1a2s3d4f5g 1q2w3e4r5t 1q2w3e4r5t6y 1qa2ws3ed4rf 1qaz2wsx3e
    1qaz2wsx3edc 1qazxsw23edc 2222222222 3333333333 5555555555 6666666666 741852963a 7777777777 789456123a
    8888888888 9876543210 987654321a 9999999999 a123456789 a1b2c3d4e5 a1b2c3d4e5f6 aa12345678 aaaaaaaaaa
    abc1234567 abc123456789 abcd123456 abcd12345678 abcde12345 abcdef1234 abcdef123456 abcdefghij abcdefghijk
    abcdefghijkl access12345 adgjmptw12 adminadmin administrator alexander1 anonymous1 asd123456789 asdasdasdasd
    asdf123456 asdfasdfasdf asdfghjkl1 asdfghjkl123 asdfghjkl; asdfghjklm asdfqwer1234 asdqwe123456 attendance
    attendance1 azertyuiop barcelona1 basketball basketball1 blink182182 butterfly1 california1 caterpillar
    chocolate1 christopher computer12 computer123 correcthorse cristiano7 dragonball dragonball1 elizabeth1
    engineering everything facebook123 flamengo123 forgetmenot fuckyou123 galatasaray godislove1 goodmorning
    harrypotter headmaster1 hello123456 helloworld helloworld1 ilovemyself iloveyou12 iloveyou123 iloveyou1234
    iloveyousomuch internet123 jesuschrist kindergarten letmein123 letmein1234 lovelovelove loveyou123
    manchester manchester1 mathematics metallica1 michelle123 minecraft1 minecraft123 mynameis123 newpassword
    nopassword notebook123 october2020 p@ssw0rd12 p@ssw0rd123 p@ssword123 pa$$word123 pa55word123 passpasspass
    passw0rd12 passw0rd123 password00 password01 password10 password11 password12 password123 password1234
    password12345 password99 passwordpassword playstation princess12 princess123 principal1 q1w2e3r4t5
    q1w2e3r4t5y6 qazwsxedc1 qazwsxedcrfv qazxswedc1 qqqqqqqqqq qw12er34ty qwe123456789 qweasdzxc1 qweasdzxc123
    qwer123456 qwerasdfzxcv qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwertyuiop qwertyuiop1 qwertyuiop12
    qwertyuiop123 qwertyuiop[] qwertyuiopasdfghjkl qwertzuiop realmadrid realmadrid1 rollcall12 rollcall123
    rollercoaster samsung123 schoolschool scoobydoo1 secret1234 september1 shadow12345 snowboard1 spiderman1
    spongebob1 starwars12 starwars123 sunshine12 sunshine123 superman12 superman123 supernatural teacher123
    teacher1234 temporary1 test123456 test1234567 testtesttest timberlake tinkerbell trustno1234 universidad
    university university1 valentina1 volleyball watermelon whatever12 whatever123 william123 wonderland
    wordpass123 zaq12wsxcde3 zaq1zaq1zaq1 zxcvbnm123 zxcvbnm1234 zxcvbnm123456 zxcvbnmasdfghjkl
"""
_WORDS = """
    abc abcd abcdef access admin administrator attendance autumn baseball changeme charlie classroom computer
    default dragon football freedom friend hello iloveyou internet letmein liverpool login london master michael
    monkey mypassword p@ssw0rd p@ssword pass passw0rd passwd password passwort princess principal qazwsx qwert
    qwerty qwertz rollcall school secret shadow spring starwars student summer sunshine superman teacher temp
    temporary test testing trustno user welcome whatever winter
"""

COMMON = frozenset(_COMMON.split())
"""In lower case."""
WORDS = frozenset(_WORDS.split())
"""Words that digits and signs at the end do not make a password."""
