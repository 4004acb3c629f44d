"""Which words end with a stop without ending a sentence: Russian and English, as plain data.

Three grades, by what may follow: words that something must follow (`см. рис. 5`), words that end a
sentence only before a word that is capitalised nowhere else (`в 2020 г. Он уехал`, but not
`в 1945 г. Германия`), and words that mostly stand last (`и т. д. Следующее`).
"""

from __future__ import annotations

# Something must follow: never the end.
_NEVER = """
    т.е т.к т.н т.ч т.о и.о к-т см ср рис табл гл стр с.ш ю.ш в.д з.д разд прил прим илл ил черт схем напр
    ул пр-т просп пер пл наб ш корп кв оф пос дер обл респ р-н мкр им проф акад доц инж гос зам зав пом
    тов гр г-н г-жа гн св преп о.г ст лит букв соотв прибл приблиз около бывш нач кон сер ред сост изд пер.с
    тел факс моб доб вкл искл макс мин сокр англ нем фр франц лат греч рус ит исп яп кит укр
    e.g i.e cf viz vs v resp mr mrs ms messrs dr prof rev hon gen col capt lt maj sgt cmdr sen gov pres rep
    st mt ft fig figs eq eqs eqn no nos vol vols ch sec sect chap pp par art ex ref refs tab app ed eds
    approx ca dept univ est incl excl max min avg al.e n.b q.v p.s
    jan feb mar apr jun jul aug sep sept oct nov dec янв фев февр апр авг сент окт нояб дек
"""

# The end only where a word follows that starts sentences.
_MAYBE = """
    г гг в вв тыс млн млрд трлн н.э до.н.э л ч час нед км м см кв.м куб га ок
    р руб.ш т п пп д с
    u.s u.k u.n e.u u.s.a u.s.s.r d.c a.m p.m b.c a.d ph.d m.d b.a m.a inc ltd co corp jr sr bros llc plc gmbh
    mass calif conn tenn wash ave blvd rd sq hr hrs oz lb lbs in yr yrs mo wk
"""

# Mostly last in their sentence: what follows in upper case begins a new one.
_ENDING = "т.д т.п т.п.д др пр проч etc al руб коп у.е долл чел экз шт мин сек мес кг мм"

# Words that begin a sentence and have no other reason to be capitalised.
_STARTERS = """
    он она оно они мы вы я ты это этот эта эти тот та те то там тут здесь сейчас теперь потом затем тогда
    но однако а и или если когда пока чтобы потому поэтому так также тоже кроме хотя хоть несмотря ведь вот
    все всё весь вся каждый каждая каждое любой любая некоторые многие большинство другой другие его её ее их
    наш наша наши мой моя мои ваш ваша свой как какой какая какие кто что чем чего где куда откуда почему
    зачем сколько в во на по за из от до для при без под над об обо с со у к ко через между после перед около
    не нет да уже ещё еще снова впервые после далее например итак следовательно наконец сначала сперва
    в-первых во-вторых можно нужно надо необходимо следует есть был была было были будет будут
    один одна одно два две три первый первая второй вторая третий раньше позже сегодня вчера завтра
    he she it they we you i this that these those there here now then thus hence so but and or if when while
    although though because however therefore moreover furthermore meanwhile instead also yet still perhaps
    the a an his her its their our your my all some many most each every any both either neither no not
    in on at by for from with without after before since until during as to of under over between among about
    what who whom whose which where why how can could may might must should would will do does did is are was
    were has have had let please see note first second third next finally later once one two
"""

# After a number they are units, and mostly last: `within 200 ms. The ...`, but not `Ms. Brown`.
_UNITS = "ms min sec"

NEVER = frozenset(_NEVER.split())
MAYBE = frozenset(_MAYBE.split())
ENDING = frozenset(_ENDING.split())
UNITS = frozenset(_UNITS.split())
STARTERS = frozenset(_STARTERS.split())
