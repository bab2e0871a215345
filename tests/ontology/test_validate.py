"""Validation of records: what is found, what is told, and that shapes mean what SHACL says."""

import pytest

from ontology.errors import InvalidOntology
from ontology.namespaces import expand
from ontology.validate import MOST_PLANS, bundled_validator, compile_shapes, explain

TYPE = f"<{expand('rdf:type')}>"
HEAD = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass ex:A ;
"""
A = ("<urn:a>", TYPE, "<http://example.org/A>")


def term(name: str) -> str:
    return f"<{expand(name)}>"


def told(findings):
    return [(finding.flag, finding.severity) for finding in findings]


def test_a_record_without_a_fault_has_no_findings(faultless):
    assert bundled_validator().check(faultless) == []


def test_every_constraint_of_the_shapes_is_broken_by_some_fault(faults):
    found = {finding.flag for finding in bundled_validator().check(faults)}

    assert found == set(bundled_validator().messages)


def test_a_finding_says_where_what_and_how_bad():
    record = [("<urn:i>", TYPE, term("wy:Instance")), ("<urn:i>", term("wy:isbn13"), '"123"')]

    isbn, instance_of = bundled_validator().check(record)

    assert (isbn.focus, isbn.path) == ("<urn:i>", expand("wy:isbn13"))
    assert isbn.component == "PatternConstraintComponent"
    assert (isbn.severity, isbn.value) == ("warning", '"123"')
    assert isbn.flag == "wy:InstanceShape wy:isbn13 Pattern"
    assert isbn.message == 'ISBN不是13位数字 / the ISBN is not thirteen digits: "123"'
    assert (instance_of.severity, instance_of.value) == ("violation", "")
    assert instance_of.message == "版本没有注明所属著作 / the instance does not say of which work"


def test_a_long_value_is_cut_in_the_message_only():
    value = '"' + "长" * 500 + '"^^<http://example.org/x>'
    record = [("<urn:w>", TYPE, term("wy:Work")), ("<urn:w>", term("wy:title"), value)]

    (finding,) = bundled_validator().check(record)

    assert finding.value == value
    assert len(finding.message) < 160


def test_a_flag_is_explained_in_both_languages():
    flag = "wy:WorkShape wy:issued Node"

    assert explain(flag, "zh-Hans") == "出版日期：应为规范的日期，如2004、2004-05、2004-05-17"
    assert explain(flag, "en") == "date of publication: must be a date such as 2004, 2004-05 or 2004-05-17"
    assert explain("something old", "en") == "something old"


def test_every_message_is_in_both_languages_and_has_no_gap():
    for zh, en in bundled_validator().messages.values():
        assert any("\u4e00" <= character <= "\u9fff" for character in zh), zh
        assert not any("\u4e00" <= character <= "\u9fff" for character in en), en
        assert "{" not in zh.replace("{64}", "") + en.replace("{64}", "")


def test_a_library_is_checked_as_the_organization_it_is():
    record = [("<urn:l>", TYPE, term("wy:Library"))]

    assert told(bundled_validator().check(record)) == [("wy:OrganizationShape wy:name MinCount", "warning")]


def test_a_node_of_two_classes_is_checked_once_by_each_shape():
    record = [("<urn:l>", TYPE, term(name)) for name in ("wy:Library", "wy:Organization")]

    assert told(bundled_validator().check(record)) == [("wy:OrganizationShape wy:name MinCount", "warning")]


def test_a_link_to_what_another_record_describes_is_no_fault():
    record = [
        ("<urn:w>", TYPE, term("wy:Work")),
        ("<urn:w>", term("wy:title"), '"x"'),
        ("<urn:w>", term("wy:creator"), "<urn:elsewhere>"),
        ("<urn:w>", term("wy:contribution"), "<urn:elsewhere>"),
    ]

    assert told(bundled_validator().check(record)) == [("wy:WorkShape wy:contribution Class", "violation")]


def test_a_statement_that_comes_twice_counts_once():
    record = [
        ("<urn:i>", TYPE, term("wy:Item")),
        ("<urn:i>", term("wy:itemOf"), "<urn:x>"),
        ("<urn:i>", term("wy:itemOf"), "<urn:x>"),
        ("<urn:i>", term("wy:heldBy"), "<urn:l>"),
    ]

    assert bundled_validator().check(record) == []


def test_what_has_no_class_of_ours_is_not_checked():
    record = [
        ("<urn:x>", TYPE, "<http://example.org/Thing>"),
        ("<urn:x>", term("wy:isbn13"), '"x"'),
        ("<urn:y>", "<urn:p>", '"x"'),
    ]

    assert bundled_validator().check(record) == []
    assert bundled_validator().check([]) == []


def test_more_kinds_of_nodes_than_are_kept_are_checked_all_the_same():
    validator = compile_shapes()

    for number in range(MOST_PLANS + 10):
        validator.check([("<urn:x>", TYPE, f"<http://example.org/{number}>")])

    findings = validator.check([("<urn:w>", TYPE, term("wy:Work"))])
    assert told(findings) == [("wy:WorkShape wy:title MinCount", "violation")]


def test_a_property_of_a_property_is_reported_of_the_value():
    validator = compile_shapes(
        f"{HEAD} sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ] ."
    )

    (finding,) = validator.check([A, ("<urn:a>", "<http://example.org/p>", "<urn:b>")])

    assert (finding.focus, finding.path) == ("<urn:b>", "http://example.org/q")


def test_at_least_two_values_are_not_two_times_the_same_one():
    validator = compile_shapes(f"{HEAD} sh:property [ sh:path ex:p ; sh:minCount 2 ] .")
    statement = ("<urn:a>", "<http://example.org/p>", '"x"')

    assert validator.check([A, statement, statement]) != []


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("sh:closed true", "sh:closed"),
        ("sh:sparql [ sh:select 'x' ]", "sh:sparql"),
        ("sh:property [ sh:path ( ex:p ex:q ) ]", "no single property"),
        ("sh:property [ sh:path [ sh:inversePath ex:p ] ]", "no single property"),
        ("sh:property [ sh:class ex:B ]", "has no sh:path"),
        ("sh:property [ sh:path ex:p ; sh:qualifiedMinCount 1 ]", "sh:qualified"),
        ("sh:property [ sh:path ex:p ; sh:minCount 'x' ]", "whole number"),
        ("sh:property [ sh:path ex:p ; sh:nodeKind ex:Kind ]", "sh:nodeKind"),
        ("sh:property [ sh:path ex:p ; sh:severity ex:Mild ; sh:minCount 1 ]", "severity"),
        ("sh:property [ sh:path ex:p, ex:q ]", "more than one sh:path"),
        ("sh:minCount 1", "belongs in a shape with a path"),
        ("sh:or ex:nolist", "is no list"),
        ("sh:node ex:S", "contains itself"),
        ("sh:pattern '(' ", "pattern"),
        ("sh:minCuont 1", "sh:minCuont"),
    ],
)
def test_a_shape_that_cannot_be_compiled_is_refused_with_the_reason(shape, reason):
    with pytest.raises(InvalidOntology, match=reason):
        compile_shapes(f"{HEAD} {shape} .")


def test_what_is_no_turtle_is_refused():
    with pytest.raises(InvalidOntology, match="not valid Turtle"):
        compile_shapes("ex:S a")
