"""The stem of one word, kept for the whole process and safe to ask from several threads."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from notec.facts.words import Analyzer

_IRREGULAR = """
rise rose risen/fall fell fallen/grow grew grown/take took taken/give gave given/write wrote written
run ran/begin began begun/choose chose chosen/know knew known/see saw seen/go went gone/come came/become became
get got gotten/find found/keep kept/hold held/leave left/lose lost/win won/buy bought/sell sold/send sent/spend spent
build built/lead led/meet met/pay paid/say said/tell told/think thought/bring brought/teach taught/catch caught
make made/break broke broken/speak spoke spoken/drive drove driven/fly flew flown/draw drew drawn/show shown
throw threw thrown/wear wore worn/forget forgot forgotten/forbid forbade forbidden/hide hid hidden/ride rode ridden
eat ate eaten/drink drank drunk/sing sang sung/swim swam swum/ring rang rung/shrink shrank shrunk/sink sank sunk
feel felt/mean meant/sleep slept/stand stood/understand understood/sit sat/strike struck/stick stuck/shoot shot
steal stole stolen/freeze froze frozen/bear bore born/wake woke woken/fight fought/seek sought/do does did done
man men/woman women/child children/mouse mice/foot feet
"""
_REGULAR = {
    form: forms.split()[0] for forms in _IRREGULAR.replace("\n", "/").split("/") for form in forms.split()[1:]
}
_LOCK = Lock()
_ANALYZERS: list[Analyzer] = []


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What two forms of one word share (Snowball by script, `ё` folded); see `Analyzer.term`."""
    with _LOCK:
        if not _ANALYZERS:
            _ANALYZERS.append(Analyzer())
        return _ANALYZERS[0].term(_REGULAR.get(word.lower(), word))


def fold(word: str) -> str:
    """Lower case, ё as е, typographic apostrophes as typed ones."""
    return word.lower().replace("ё", "е").replace("’", "'")
