"""Things as people see them: the right name, statements with their sources, relatives, bounds that hold."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store

from kg.entity import Entity, Group, describe
from kg.groups import FOLDED, VALUES, part
from kg.labels import Labels, Name, best, key_of, kind_of
from kg.links import COUNTED, incoming
from kg.reading import Reading
from kg.statements import SCAN, SOURCES, rank
from ontology.namespaces import PREFIXES, expand

LIBRARY = Path(__file__).parents[1] / "data" / "library.trig"
BASE = "http://localhost:8000/"
ID = f"{BASE}id/"
PROLOGUE = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items()) + (
    f"@prefix id: <{ID}> . @prefix g: <{BASE}graph/> .\n"
)


@pytest.fixture(scope="module")
def reading() -> Reading:
    """The things of tests/data/library.trig."""
    engine = Store()
    engine.load(LIBRARY.read_bytes(), RdfFormat.TRIG)
    return Reading(engine)


def of(trig: str) -> Reading:
    """The statements of a TriG text; every prefix is declared, and id: and g: for ours."""
    engine = Store()
    engine.load((PROLOGUE + trig).encode(), RdfFormat.TRIG)
    return Reading(engine)


def of_lines(lines: Iterator[str]) -> Reading:
    """The statements of N-Quads lines in which wy:, id: and g: are short."""
    text = "\n".join(lines).replace("<wy:", f"<{PREFIXES['wy']}").replace("<id:", f"<{ID}")
    engine = Store()
    engine.bulk_load(text.replace("<g:", f"<{BASE}graph/").encode(), RdfFormat.N_QUADS)
    return Reading(engine)


def group(entity: Entity, name: str) -> Group:
    """The group of a property."""
    return next(group for group in entity.groups if group.name == name)


def test_a_work_is_called_what_its_readers_call_it(reading):
    chinese = describe(reading, f"{ID}work/jihe", language="zh-Hans")
    english = describe(reading, f"{ID}person/ricci", language="en")

    assert (chinese.label.text, chinese.label.language) == ("几何原本", "zh-hans")
    assert english.label.text == "Matteo Ricci"


@pytest.mark.parametrize(
    ("names", "language", "expected"),
    [
        (("书@zh-hans", "書@zh-hant", "book@en"), "zh-Hans", "书"),
        (("书@zh-hans", "書@zh-hant", "book@en"), "en", "book"),
        (("書@zh-hant", "book@en", "livre@fr"), "zh-Hans", "書"),
        (("书@zh", "shu@zh-latn-pinyin", "livre@fr"), "zh-Hans", "书"),
        (("book@en", "shu@zh-latn-pinyin"), "zh-Hans", "book"),
        (("书@zh", "shu@zh-latn-pinyin", "livre@fr"), "en", "shu"),
        (("书@zh-cn", "livre@fr"), "en", "书"),
        (("livre@fr", "Buch@de"), "en", "Buch"),
        (("livre@fr", "Buch@de"), "de", "Buch"),
        (("livre@fr-CA",), "fr", "livre"),
        (("书", "book@en"), "zh-Hans", "书"),
        (("本です", "书@zh"), "zh-Hans", "书"),
    ],
    ids=str,
)
def test_a_name_is_chosen_by_language(names, language, expected):
    given_names = [Name(text.partition("@")[0], text.partition("@")[2]) for text in names]

    assert best(given_names, language).text == expected


@given(st.lists(st.builds(Name, st.text(), st.sampled_from(["zh", "en", "", "fr", "zh-hant"])), min_size=1))
def test_the_choice_of_a_name_does_not_depend_on_order(names):
    assert best(names, "zh-Hans") == best(list(reversed(names)), "zh-Hans")


def test_people_go_before_authorities_before_sources_before_machines():
    graphs = ("enrich/x/1/a", "src/x/1", "auth/x/1", "curated/x")
    for first in range(1, len(graphs) + 1):
        trig = "".join(
            f'g:{graph.replace("/", chr(92) + "/")} {{ id:person\\/a wy:name "{graph}"@en }}\n'
            for graph in graphs[:first]
        )

        assert describe(of(trig), f"{ID}person/a", language="en").label.text == graphs[first - 1]


def test_rank_is_told_by_the_family_of_a_graph():
    families = ("curated", "auth", "src", "enrich", "inferred")

    assert [rank(f"{BASE}graph/{family}/x") for family in families] == [
        "curated", "authority", "source", "machine", "machine",
    ]  # fmt: skip


def test_every_statement_tells_who_makes_it(reading):
    entity = describe(reading, f"{ID}work/jihe")

    creators = {value.text: value for value in group(entity, "wy:creator").values}
    assert [source.rpartition("/")[2] for source in creators["徐光启"].sources] == ["000123"]
    assert [source.rpartition("/src/")[2] for source in creators["利玛窦"].sources] == [
        "harvard/990001",
        "shanghai/000123",
    ]
    assert creators["利玛窦"].source_count == 2


def test_contributions_are_folded_in_by_position_and_creators_follow_them(reading):
    entity = describe(reading, f"{ID}work/jihe")

    contributions = group(entity, "wy:contribution").values
    assert [value.text for value in contributions] == ["利玛窦", "徐光启"]
    assert part(contributions[0], "wy:role").iri == expand("rel:trl")
    assert part(contributions[0], "wy:agent").kind == "person"
    assert [value.text for value in group(entity, "wy:creator").values] == ["利玛窦", "徐光启"]


def test_linked_things_have_names_kinds_and_pages(reading):
    subject = group(describe(reading, f"{ID}work/jihe"), "wy:subject").values[0]
    outside = group(describe(reading, f"{ID}concept/geometry"), "skos:exactMatch").values[0]

    assert (subject.text, subject.kind, subject.has_page) == ("几何学", "concept", True)
    assert (outside.text, outside.kind, outside.has_page) == ("sh85054133", "", False)


def test_groups_stand_in_the_same_order_whatever_the_store(reading):
    names = [group.name for group in describe(reading, f"{ID}instance/jihe-2011").groups]

    assert names.index("wy:title") < names.index("wy:instanceOf") < names.index("wy:publisher")
    assert names.index("wy:publisher") < names.index("wy:isbn13") < names.index("wy:terms")
    assert [group.name for group in describe(reading, f"{ID}instance/jihe-2011").groups] == names


def test_all_names_are_listed_the_readers_language_first_with_their_script(reading):
    names = describe(reading, f"{ID}person/xu-guangqi").names

    assert [name.text for name in names][:2] == ["徐光启", "Xu Guangqi"]
    wade = next(name for name in names if name.transliteration == "wade-giles")
    assert (wade.text, wade.script) == ("Hsü Kuang-ch'i", "Latn")
    assert "徐子先" in {name.text for name in names}


def test_a_work_shows_its_editions_and_copies(reading):
    tree = describe(reading, f"{ID}work/jihe").tree

    assert (tree.kind, tree.is_here, tree.total) == ("work", True, 2)
    assert [child.facts for child in tree.children] == [
        ("1990", "中华书局"),
        ("第2版", "2011-05", "中华书局"),
    ]
    item = tree.children[1].children[0]
    assert (item.kind, item.facts) == ("item", ("上海图书馆", "O181/5410"))


@pytest.mark.parametrize("thing", ["work/jihe", "instance/jihe-2011", "item/jihe-2011-1"])
def test_the_tree_is_the_same_from_every_branch(reading, thing):
    tree = describe(reading, ID + thing).tree

    nodes = [tree, *tree.children, *(item for child in tree.children for item in child.children)]
    assert [node.iri for node in nodes if node.is_here] == [ID + thing]
    assert tree.iri == f"{ID}work/jihe"
    assert len(nodes) == 4


def test_a_thing_alone_has_no_tree(reading):
    assert describe(reading, f"{ID}person/ricci").tree is None
    assert describe(of('g:src\\/x\\/1 { id:work\\/a wy:title "A" }'), f"{ID}work/a").tree is None


def test_editions_that_point_at_each_other_do_not_go_round_for_ever():
    trig = (
        "g:src\\/x\\/1 { id:instance\\/a wy:instanceOf id:instance\\/b . "
        "id:instance\\/b wy:instanceOf id:instance\\/a }"
    )

    assert describe(of(trig), f"{ID}instance/a").tree is None


def test_where_the_reader_stands_is_shown_among_very_many_siblings():
    lines = (f"<id:item/{n:04}> <wy:itemOf> <id:instance/a> <g:src/x/{n}> ." for n in range(300))

    tree = describe(of_lines(lines), f"{ID}item/0299").tree

    assert tree.total == 300
    assert [child.iri for child in tree.children if child.is_here] == [f"{ID}item/0299"]


def test_records_come_with_their_source_and_warnings(reading):
    entity = describe(reading, f"{ID}work/jihe", language="en")

    records = {record.record_id: record for record in entity.records}
    assert records["000123"].source_label == "Shanghai Library catalogue"
    assert records["000123"].status == "live"
    assert records["000123"].warnings == ("wy:ItemShape wy:heldBy MinCount",)
    assert entity.record_count == 2


def test_links_in_are_counted_by_property_and_paged(reading):
    counted = {each.name: each for each in describe(reading, f"{ID}concept/geometry").incoming}
    links = incoming(reading, f"{ID}concept/geometry", expand("wy:subject"), language="zh-Hans")

    assert (counted["wy:subject"].count, counted["wy:subject"].is_exact) == (2, True)
    assert {link.label.text for link in links} == {"几何原本", "Elements"}
    pages = [
        incoming(reading, f"{ID}concept/geometry", expand("wy:subject"), limit=1, offset=offset)
        for offset in range(3)
    ]
    assert [len(page) for page in pages] == [1, 1, 0]
    assert {page[0].iri for page in pages[:2]} == {link.iri for link in links}


def test_a_contribution_leads_to_its_work_and_is_not_counted_beside_the_creator():
    by = f"<{ID}work/a#by-1>"
    named = f"id:work\\/a wy:contribution {by} . {by} wy:agent id:person\\/p . id:person\\/p wy:name 'P' ."
    translator = of(f"g:src\\/x\\/1 {{ {named} }}")
    both = of(f"g:src\\/x\\/1 {{ {named} id:work\\/a wy:creator id:person\\/p }}")

    assert [each.name for each in describe(both, f"{ID}person/p").incoming] == ["wy:creator"]
    assert [each.name for each in describe(translator, f"{ID}person/p").incoming] == ["wy:agent"]
    assert [link.iri for link in incoming(translator, f"{ID}person/p", expand("wy:agent"))] == [f"{ID}work/a"]


def test_things_of_other_vocabularies_are_described_alike():
    iri = "http://eurovoc.europa.eu/1"
    reading = of(
        f"g:auth\\/e\\/1 {{ <{iri}> a skos:Concept ; skos:broader <http://e/2> ; "
        'skos:prefLabel "书"@zh , "book"@en }'
    )

    entity = describe(reading, iri, language="en")

    assert (entity.kind, entity.label.text, entity.records[0].rank) == ("concept", "book", "authority")


def test_same_things_elsewhere_are_listed(reading):
    assert describe(reading, f"{ID}person/xu-guangqi").same_as == ("http://viaf.org/viaf/27066713",)


@pytest.mark.parametrize("iri", [f"{ID}work/none", "not an iri", "", "a b:c", "http://e/<>"])
def test_what_nobody_speaks_of_is_none(reading, iri):
    assert describe(reading, iri) is None


def test_a_thing_without_a_name_is_called_by_its_key():
    entity = describe(of("g:src\\/x\\/1 { id:work\\/a%20b wy:workType wytype:book }"), f"{ID}work/a%20b")

    assert entity.label.text == "a b"


def test_the_last_part_of_an_iri_is_its_key():
    assert [key_of(iri) for iri in ("http://e/a/", "http://e/a#b", "urn:x", "http://e/%E4%B9%A6")] == [
        "a", "b", "urn:x", "书",
    ]  # fmt: skip


def test_kinds_are_told_by_the_address_of_our_own_things():
    iris = (f"{ID}work/a", f"{ID}work/a#by-1", f"{ID}other/a", "http://e/work/a")

    assert [kind_of(iri) for iri in iris] == ["work", "", "", ""]


def test_a_value_that_is_a_statement_is_shown_as_it_is():
    reading = of("g:src\\/x\\/1 { id:work\\/a wy:note <<( id:work\\/a wy:title 'T' )>> }")

    value = group(describe(reading, f"{ID}work/a"), "wy:note").values[0]

    assert value.text.startswith("<<(")
    assert (value.iri, value.datatype) == ("", "")


def test_three_hundred_authors_keep_the_order_of_the_title_page():
    def lines() -> Iterator[str]:
        for n in range(300):
            by = f"<id:work/a#by-{n * 7919 % 300:03}>"
            yield f"<id:work/a> <wy:contribution> {by} <g:src/x/1> ."
            yield f"{by} <wy:agent> <id:person/{n:03}> <g:src/x/1> ."
            yield f'{by} <wy:position> "{n + 1}"^^<http://www.w3.org/2001/XMLSchema#integer> <g:src/x/1> .'

    shown = group(describe(of_lines(lines()), f"{ID}work/a"), "wy:contribution")

    assert shown.total == 300
    assert [part(value, "wy:position").text for value in shown.values] == [str(n + 1) for n in range(FOLDED)]


def test_very_many_values_are_cut_and_counted():
    lines = (f'<id:scheme/s> <wy:note> "{n:05}" <g:src/x/1> .' for n in range(5_000))

    shown = group(describe(of_lines(lines), f"{ID}scheme/s"), "wy:note")

    assert (shown.total, len(shown.values)) == (5_000, VALUES)


@pytest.fixture(scope="module")
def crowded() -> Reading:
    """A publisher whom 20,000 records name, one of them by another name, and whose books they are."""

    def lines() -> Iterator[str]:
        for n in range(20_000):
            record = f"<g:src/x/{n}>"
            name = '"中华书局"@zh' if n else '"Zhonghua"@en'
            yield f"<id:organization/o> <wy:name> {name} {record} ."
            yield f"<id:instance/{n}> <wy:publisher> <id:organization/o> {record} ."

    return of_lines(lines())


def test_a_name_that_one_of_20000_records_gives_is_not_lost(crowded):
    assert describe(crowded, f"{ID}organization/o", language="en").label.text == "Zhonghua"
    assert describe(crowded, f"{ID}instance/7", language="en").groups[0].values[0].text == "Zhonghua"


def test_what_20000_records_say_is_said_once_with_some_of_them(crowded):
    value = group(describe(crowded, f"{ID}organization/o"), "wy:name").values[0]

    assert (value.text, value.source_count, len(value.sources)) == ("中华书局", 19_999, SOURCES)
    assert value.source_count > SCAN


def test_counting_links_stops_at_a_bound_and_says_so(crowded):
    (counted,) = describe(crowded, f"{ID}organization/o").incoming

    assert (counted.name, counted.count, counted.is_exact) == ("wy:publisher", COUNTED, False)


def test_names_are_looked_up_once_a_generation(crowded):
    crowded.said(f"{ID}organization/o", expand("wy:name"))
    begun = time.perf_counter()
    for _ in range(200):
        Labels(crowded, "en").show(f"{ID}organization/o")

    assert (time.perf_counter() - begun) / 200 < 0.002


def test_describing_a_thing_of_a_common_size_takes_milliseconds(reading):
    """The aim is 5 ms at the median on a million quads; here with room for a busy machine."""
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        describe(reading, f"{ID}work/jihe")
        times.append(time.perf_counter() - begun)

    assert statistics.median(times) < 0.015
