"""Where a name in generated code comes from: its component, one that it needs, or the standard library.

Code may use what computes and reads; what reaches other programs, the network or the interpreter itself is
not there.
"""

from __future__ import annotations

import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from notec.passes.ir import Architecture, Component, DataType, Function

MODULES = frozenset(
    "argparse array base64 bisect calendar cmath collections collections.abc colorsys configparser "
    "contextlib copy csv dataclasses datetime decimal difflib enum fnmatch fractions functools glob "
    "gzip hashlib heapq hmac html io ipaddress itertools json keyword locale logging math numbers "
    "operator pathlib pprint random re secrets shlex sqlite3 statistics string struct tempfile "
    "textwrap time tomllib typing unicodedata urllib.parse uuid xml.etree.ElementTree zipfile zlib "
    "zoneinfo".split()
)
_FROM = {
    "bisect": "bisect_left bisect_right insort",
    "collections": "Counter defaultdict deque namedtuple OrderedDict ChainMap",
    "collections.abc": "Callable Collection Generator Hashable Iterable Iterator Mapping MutableMapping "
    "MutableSequence Sequence Sized",
    "copy": "deepcopy",
    "dataclasses": "asdict astuple dataclass field replace",
    "datetime": "UTC date datetime timedelta timezone",
    "decimal": "Decimal InvalidOperation ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_EVEN ROUND_HALF_UP "
    "ROUND_UP",
    "difflib": "SequenceMatcher get_close_matches",
    "enum": "Enum IntEnum StrEnum",
    "fractions": "Fraction",
    "functools": "cache cmp_to_key lru_cache partial reduce",
    "heapq": "heapify heappop heappush nlargest nsmallest",
    "io": "BytesIO StringIO",
    "itertools": "accumulate chain combinations groupby islice pairwise permutations product zip_longest",
    "math": "ceil floor gcd isclose isnan log prod sqrt",
    "operator": "attrgetter itemgetter",
    "pathlib": "Path PurePath PurePosixPath",
    "statistics": "mean median mode stdev",
    "typing": "Any ClassVar Dict Final FrozenSet List Literal NamedTuple Optional Set Tuple Type "
    "TypedDict Union cast",
    "urllib.parse": "parse_qs quote unquote urlencode urljoin urlparse urlsplit",
    "uuid": "UUID uuid4",
    "zoneinfo": "ZoneInfo",
}
_HOME = {name: module for module, names in _FROM.items() for name in names.split()}
_DENIED = frozenset(
    "__import__ breakpoint compile delattr eval exec exit globals help input locals quit setattr vars".split()
)


@dataclass(frozen=True)
class Imported:
    """`from module import name`, or `import module` where there is no name."""

    module: str
    name: str = ""

    def __str__(self) -> str:
        return f"from {self.module} import {self.name}" if self.name else f"import {self.module}"


@dataclass(frozen=True)
class Surroundings:
    """What the code of one component may name.

    Args:
        package: name of the project's package.
    """

    package: str
    component: Component
    architecture: Architecture

    @cached_property
    def needed(self) -> tuple[Component, ...]:
        """The components that it may import."""
        return tuple(c for c in self.architecture.components if c.id in self.component.needs)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """All functions that may be called, by name; its own ones first."""
        return {f.name: f for c in (*self.needed, self.component) for f in c.functions}

    @cached_property
    def types(self) -> dict[str, DataType]:
        """All data classes that may be made, by name."""
        return {t.name: t for c in (*self.needed, self.component) for t in c.types}

    def find(self, name: str, *, as_module: bool = False) -> Imported | str | None:
        """An import, or "" where none is needed, or None where there is no such thing.

        Args:
            as_module: it is used as `name.something`, and may be a module.
        """
        if name in names_of(self.component):
            return ""
        for other in reversed(self.needed):
            if name in names_of(other):
                return Imported(f"{self.package}.{other.name}", name)
        for other in self.needed:
            if other.name == name:
                return Imported(self.package, name)
        if name in _DENIED:
            return None
        if hasattr(builtins, name):
            return ""
        if name in _HOME and not (as_module and name in MODULES):
            return Imported(_HOME[name], name)
        return Imported(name) if name in MODULES else None


def names_of(component: Component) -> frozenset[str]:
    """The names of its functions and data classes."""
    return frozenset((*(f.name for f in component.functions), *(t.name for t in component.types)))


def free_names(source: str) -> Iterator[str]:
    """The names that a piece of module text uses and does not bind, each once, in order of the alphabet."""
    module = symtable.symtable(source, "body", "exec")
    bound = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    used: set[str] = set()
    waiting = [module]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        is_top = table is module
        used |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or (is_top and not s.is_assigned()))
        }
    yield from sorted(used - bound)
