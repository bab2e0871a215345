"""Full text in SPARQL: `(?thing ?score ?snippet ?total) wy:search ("words" 20 "kind" "work")`."""

from kg.facets import FACETS
from kg.finding import DEEPEST
from kg.matches import SORTS
from kg.sparql.functions.model import Call, Found, Function, Index, known, whole
from kg.sparql.functions.outline import Term
from kg.terms import iri, text, typed
from ontology.namespaces import TYPE, WY, expand

DEFAULT_LIMIT = 1_000
"""Matches of a search that does not say how many it wants; the most it may want is kg.finding.DEEPEST."""
MOST_TOLD = 1_000
"""Matches of a search that wants snippets."""
_OPTIONS = ("limit", "sort", *FACETS)
_LOCAL = {"kind": WY, "type": TYPE, "language": expand("lang:")}
"""Facets whose values are the ends of IRIs: kind wy:Work is "work", language lang:chi is "chi"."""


def _find(call: Call, index: Index) -> Found:
    words, options = _read(call)
    outputs = call.subject
    is_told = len(outputs) > 2
    limit = int(options.pop("limit", ["0"])[0]) or DEFAULT_LIMIT
    if is_told and limit > MOST_TOLD:
        raise call.wrong(f"with ?snippet, at most {MOST_TOLD:,} matches can be had, not {limit:,}")
    sort = options.pop("sort", ["relevance"])[0]
    listed = index.listed(words, filters=options, limit=limit, sort=sort, is_told=is_told)
    snippets = listed.snippets or ("",) * len(listed.iris)
    total = typed(listed.total, "integer")
    rows = (
        (iri(thing), typed(repr(1 / rank), "double"), text(snippet), total)[: len(outputs)]
        for rank, (thing, snippet) in enumerate(zip(listed.iris, snippets, strict=True), 1)
    )
    return Found(tuple(rows), listed.total)


def _read(call: Call) -> tuple[str, dict[str, list[str]]]:
    """The words and the options of a call."""
    first, *rest = call.arguments
    if first.kind != "literal":
        what = "a variable" if first.kind == "variable" else "no text"
        raise call.wrong(
            f"the words to search for must be written out in quotation marks; this is {what}", first
        )
    if not first.value.strip():
        raise call.wrong("there are no words to search for", first)
    options: dict[str, list[str]] = {}
    if rest and rest[0].kind == "number":
        options["limit"] = [str(whole(call, rest.pop(0), "the number of matches", DEEPEST))]
    if len(rest) % 2:
        raise call.wrong("options come in pairs, a name and a value", rest[-1])
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        options.setdefault(_name(call, name), []).append(_value(call, name.value, value))
    if any(len(options.get(name, ())) > 1 for name in ("limit", "sort")):
        raise call.wrong("limit and sort can be said once")
    return first.value, options


def _name(call: Call, name: Term) -> str:
    if name.kind != "literal" or name.value not in _OPTIONS:
        raise call.wrong(known(name.value, _OPTIONS), name)
    return name.value


def _value(call: Call, name: str, value: Term) -> str:
    if name == "limit":
        return str(whole(call, value, "the number of matches", DEEPEST))
    if value.kind not in ("literal", "iri", "number"):
        raise call.wrong(f"the value of {name!r} must be written out", value)
    if name == "sort" and value.value not in SORTS:
        raise call.wrong(f"no order {value.value!r}; known: {', '.join(SORTS)}", value)
    if value.kind == "iri" and name in _LOCAL:
        local = value.value.removeprefix(_LOCAL[name])
        return local.lower() if name == "kind" else local
    return value.value


SEARCH = Function(
    name="wy:search",
    iri=f"{WY}search",
    outputs=("thing", "score", "snippet", "total"),
    signature='(?thing ?score ?snippet ?total) wy:search ("words" limit "option" "value" ...)',
    example='(?work ?score ?snippet) wy:search ("红楼梦" 20 "kind" "work") .',
    zh="按词查找事物，与检索页所得相同：繁简、拼音、标识符皆可。得分为名次的倒数；摘录中以【】标出命中的词。",
    en="Things that have the words, as the search page finds them: any form of Chinese, pinyin, identifiers. "
    "The score is 1 for the first, 1/2 for the second ...; in the snippet, 【】 stands around what matched.",
    find=_find,
)
