"""Words that say the contrary of one another, and words that deny without a "not"."""

from __future__ import annotations

from functools import cache, lru_cache

from notec.facts.stems import stem

# One pair of sides a line. An entry that ends with a hyphen is the beginning of a word, any other one
# stands for all forms of that word. Only pairs of which one side excludes the other.
_PAIRS = """
more больше более увелич- возрас- возрос- вырос- рост раст- подорож- повыс- повыш- подня- поднима- прирост- усил- расшир- наращ- increas- rise rising rose risen grow grew grown growth gain expand- improv- улучш- / less fewer меньше менее уменьш- сниз- сниж- сокра- упал- упад- пада- паден- понизи- пониж- подешев- спад- ослаб- суж- decreas- declin- drop dropped fall fell fallen falling reduc- shrink shrank shrunk lower worsen- ухудш- cut
above выше over свыше / below ниже under
high высок- / low низк-
faster быстрее быстр- fast quick- quicker / slower медленнее медленн- slow slowly
bigger larger больш- large big крупн- крупнее / smaller маленьк- small мелк- мельче
tall taller / short shorter
longer длиннее дольше длинн- long долг- / shorter короче коротк- short
older старше старее / younger newer моложе младше
heavy heavier тяжел- тяжелее / light lighter легк- легче
cheap cheaper дешев- дешевле / expensive costly дорог- дороже
better лучше best лучш- / worse хуже worst худш-
strong stronger сильн- сильнее / weak weaker слаб- слабее
easy easier прост- проще / hard harder difficult сложн- сложнее трудн-
early earlier рано раньше ранн- ранее / late later поздн- позже позднее
before до прежде накануне / after после
always всегда постоянно / never никогда
everyone everybody все каждый каждая каждое all every / nobody никто none
everything всё / nothing ничего
many многие многих many most большинств- / few немногие немногих меньшинств- few minority
maximum максим- наибольш- most самый_большой / minimum миним- наименьш- least
first перв- / last последн-
top верхн- upper / bottom нижн-
left лев- слева налево / right справа направо прав-
inside внутри inner внутрен- internal- / outside снаружи вне outer внешн- external-
north northern север- / south southern южн- юг юга юге югу югом
east eastern восток восточн- востока востоке / west western запад запада западе западн-
enable- enabling включ- on activat- активир- / disabl- выключ- отключ- off deactivat- деактивир-
allow- permit- разреш- дозвол- допуска- допуст- позвол- / forbid- forbade prohibit- disallow- ban banned запре- недопуст-
open- opened откры- отопр- / clos- shut закры- запер-
start- begin began begun нач- launch- запус- стартов- / stop- end- finish- законч- заверш- останов- прекра- ceas- quit
add- added добав- прибав- / remov- delet- удал- убра- убир- вычит- вычел- исключ- subtract-
accept- принят- принял- приним- соглас- agree- approv- одобр- утверд- / reject- refus- отказ- отверг- отклон- declin- disagree- deny denied denies опроверг-
win won winning победи- побед- выигр- выигра- / lose lost losing проигр- поражен- defeat- loss
buy bought purchas- купи- купл- покуп- приобре- / sell sold sale прода- sells
succe- успеш- удал- успех- удач- / fail- неудач- провал- неуспеш-
correct- right верн- правильн- / incorrect wrong неверн- неправильн- ошибочн-
true правд- истин- / false лож- неправд- ложн-
safe- безопас- / danger- опас- unsafe
local- локальн- on-premise / remote- удален- удаленн- cloud облачн- облак-
online онлайн / offline оффлайн офлайн
public- публичн- общедоступ- открыт- / private- приватн- закрыт- частн-
free- бесплатн- / paid платн-
required mandatory обязател- / optional опционал- необязател-
synchron- синхрон- / asynchron- асинхрон-
automatic- автомат- / manual- ручн- вручную
static- статич- / dynamic- динамич-
read-only readonly / writable
input- вход- входн- / output- выход- выходн-
upload- загруж- / download- скачива- скача-
encrypt- шифр- зашифр- / decrypt- дешифр- расшифр- unencrypted
visible видим- / hidden invisible скрыт- невидим-
import- импорт- / export- экспорт-
positive- положит- позитив- / negative- отрицат- негатив-
profit- прибыл- / loss losses убыт-
alive жив живы жива живой живые выж- surviv- / dead умер- погиб- мертв- died скончал- dead killed убит-
day днем дневн- / night ночью ночн-
morning утром утренн- / evening вечером вечерн-
summer лето летом летн- / winter зима зимой зимн-
hot горяч- жарк- / cold холодн-
warm тепл- потепл- / cool похолод- прохлад-
new нов- / old стар-
full полн- / empty пуст-
wide широк- / narrow узк-
near близк- рядом / far далек- далеко
men мужчин- man male муж- / women женщин- woman female жен-
rich богат- / poor бедн-
support- поддерж- / oppos- против-
arriv- приех- прибы- прилет- / left depart- уех- отбы- улет- убы-
enter- вош- вход- войд- / exit- leave leaves вышел выш- выход-
arrest- задерж- арест- / releas- отпус- освобод-
remember- помн- / forget- forgot- забы-
increase- / decrease-
gain- / lose-
horizontal- горизонтал- / vertical- вертикал-
known известн- / unknown неизвестн-
often част- frequently / rarely seldom редк-
friend- друз- друг / enem- враг- враж-
legal- законн- / illegal- незаконн-
war войн- / peace мир-
love- люб- / hate- ненавид-
"""

_DENIERS = """
невозможн- невозмож- запре- отсутств- лишен- лишил- лиши- отказ- перестал- перестан- недопуст- неспособ- опроверг-
forbid- forbade prohibit- disallow- banned impossible unable lack lacks lacked lacking fail fails failed failing refuse
refuses refused absent absence denied denies deny prevents prevent prevented stops avoid avoids avoided избега- избеж-
без without мешает препятств- нельзя
"""
_PREFIXES = ("не", "без", "бес", "un", "in", "im", "ir", "il", "non", "dis")

Side = tuple[int, int]


@cache
def _sides() -> tuple[dict[str, tuple[Side, ...]], dict[str, list[tuple[str, Side]]]]:
    """Sides by stem, and beginnings of words by their first two letters."""
    whole: dict[str, tuple[Side, ...]] = {}
    begins: dict[str, list[tuple[str, Side]]] = {}
    for number, line in enumerate(_PAIRS.strip().splitlines()):
        for side, entries in enumerate(line.split("/")):
            for entry in entries.split():
                if entry.endswith("-"):
                    begins.setdefault(entry[:2], []).append((entry[:-1], (number, side)))
                else:
                    key = stem(entry)
                    whole[key] = (*whole.get(key, ()), (number, side))
    return whole, begins


@lru_cache(maxsize=65536)
def sides(low: str) -> frozenset[Side]:
    """The sides of pairs on which a folded word stands: (number of the pair, 0 or 1)."""
    whole, begins = _sides()
    found = set(whole.get(stem(low), ()))
    found.update(side for begin, side in begins.get(low[:2], ()) if low.startswith(begin))
    numbers = [number for number, _ in found]
    return frozenset(side for side in found if numbers.count(side[0]) == 1)


def opposite(one: str, other: str) -> bool:
    """Whether two folded words exclude each other: "рост" and "снижение", "open" and "closed"."""
    mine = sides(one)
    if not mine:
        return False
    return any((number, 1 - side) in mine for number, side in sides(other))


@cache
def _deniers() -> tuple[frozenset[str], tuple[str, ...]]:
    entries = _DENIERS.split()
    return frozenset(e for e in entries if e[-1] != "-"), tuple(e[:-1] for e in entries if e[-1] == "-")


@lru_cache(maxsize=65536)
def denies(low: str) -> bool:
    """Whether a folded word denies what follows, as "запрещено" and "fails" do."""
    whole, begins = _deniers()
    return low in whole or low.startswith(begins)


@lru_cache(maxsize=65536)
def bare(term: str) -> str:
    """The stem without a denying prefix ("недоступ" -> "доступ"); empty where there is none."""
    for prefix in _PREFIXES:
        if term.startswith(prefix) and len(term) - len(prefix) >= 4:
            return term[len(prefix) :]
    return ""
