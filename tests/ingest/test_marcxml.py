"""MARC in XML: any namespace, any envelope, and nothing that harms."""

from collections.abc import Callable

import pytest

from ingest.model import Record, Rejected, Source
from ingest.sources.marcxml import MarcXml

Every = Callable[[Source, bytes], list[Record | Rejected]]
Data = Callable[[str], bytes]

SOURCE = MarcXml()
RECORD = (
    '<{p}leader>00714cam a2200205 a 4500</{p}leader><{p}controlfield tag="001">u1</{p}controlfield>'
    '<{p}datafield tag="245" ind1="1" ind2="0">'
    '<{p}subfield code="a">文渊阁 &amp; more</{p}subfield></{p}datafield>'
)
PLAIN = RECORD.format(p="")


def title(record: Record | Rejected) -> str:
    assert isinstance(record, Record), record
    return next(field.first("a") for field in record.fields if field.name in ("245", "200"))


@pytest.mark.parametrize(
    "document",
    [
        f"<record>{PLAIN}</record>",
        f"<collection><record>{PLAIN}</record></collection>",
        f'<collection xmlns="http://www.loc.gov/MARC21/slim"><record>{PLAIN}</record></collection>',
        f'<m:collection xmlns:m="http://www.loc.gov/MARC21/slim"><m:record>{RECORD.format(p="m:")}</m:record>'
        "</m:collection>",
        f'<record xmlns="http://www.nlc.cn/">{PLAIN}</record>',
        f'<mxc:record xmlns:mxc="info:lc/xmlns/marcxchange-v2" type="Bibliographic">{RECORD.format(p="mxc:")}'
        "</mxc:record>",
        f'<s:searchRetrieveResponse xmlns:s="http://www.loc.gov/zing/srw/"><s:records><s:record><s:recordData>'
        f"<record>{PLAIN}</record></s:recordData></s:record></s:records></s:searchRetrieveResponse>",
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header/><metadata>'
        f'<record xmlns="http://www.loc.gov/MARC21/slim">{PLAIN}</record></metadata></record></ListRecords></OAI-PMH>',
    ],
    ids=["bare", "collection", "slim", "prefix", "nlc", "marcxchange", "sru", "oai"],
)
def test_a_record_is_read_in_any_namespace_and_envelope(every: Every, document: str) -> None:
    [record] = every(SOURCE, document.encode())

    assert title(record) == "文渊阁 & more"
    assert isinstance(record, Record)
    assert (record.key, record.layout, record.encoding) == ("u1", "marc21", "utf-8")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_the_encoding_is_the_one_the_file_declares(every: Every, encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><record>{PLAIN}</record>'

    assert title(every(SOURCE, document.encode(encoding))[0]) == "文渊阁 & more"


def test_letters_are_composed(every: Every) -> None:
    document = f"<record>{PLAIN}</record>".replace("文渊阁", "Que\u0301bec")

    assert title(every(SOURCE, document.encode())[0]) == "Québec & more"


def test_a_broken_record_costs_one_record(every: Every) -> None:
    good = f"<record>{PLAIN}</record>"
    document = f"<collection>{good}<record><leader>x</record>{good}</collection>"

    first, refused, last = every(SOURCE, document.encode())

    assert title(first) == title(last)
    assert isinstance(refused, Rejected)
    assert refused.step in ("split", "parse")


def test_a_record_without_fields_is_refused(every: Every) -> None:
    [refused] = every(SOURCE, b"<collection><record><title>x</title></record></collection>")

    assert isinstance(refused, Rejected)
    assert refused.reason == "<record> has no controlfield or datafield"


def test_an_entity_bomb_is_refused(every: Every) -> None:
    bomb = (
        '<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        f"<collection><record>{PLAIN.replace('more', '&b;')}</record></collection>"
    )

    found = every(SOURCE, bomb.encode())

    assert found
    assert all(isinstance(entry, Rejected) for entry in found)


def test_the_records_of_an_sru_answer_of_bnf_are_unimarc(demo: Data, every: Every) -> None:
    found = every(SOURCE, demo("unimarc/bnf-peter.xml.gz"))

    assert len(found) > 30
    assert {record.layout if isinstance(record, Record) else record.reason for record in found} == {"unimarc"}


@pytest.mark.parametrize("name", ["gwu", "princeton", "loc"])
def test_the_dataset_of_marc2bibframe2_is_read_whole(demo: Data, every: Every, name: str) -> None:
    found = every(SOURCE, demo(f"marc21/{name}.xml.gz"))

    assert len(found) == 99
    assert all(isinstance(record, Record) for record in found)


def test_the_format_is_claimed_by_its_elements() -> None:
    assert (claim := SOURCE.claims(f"<record>{PLAIN}</record>".encode(), "x.xml"))
    assert claim.sureness > 0.9
    assert SOURCE.claims(b"<html><body>datafield</body></html>", "x.xml") is None
