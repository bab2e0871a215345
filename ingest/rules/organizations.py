"""A rule for organisations that stand beside a work: funders, institutions that awarded a degree."""

from ingest import clean, keys
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.authorities import address_of, own_key
from ingest.rules.identifiers import doi
from ingest.rules.titles import script
from kg.terms import iri, named, text


def organization_rule(options: Options) -> Apply:
    """An organisation by name or identifier, and numbers that go with it.

    property (wy:funder); on (work); name, identifiers: the parts (a ROR makes the key, a DOI of the
    Funder Registry and other addresses are exact matches); number: parts said as number_property
    (wy:grant) of the same node, such as award numbers.
    """
    predicate, on = named(options.text("property", "wy:funder")), options.text("on", "work")
    name_parts, identifiers = options.words("name", "name"), options.words("identifiers", "id doi")
    number, number_property = options.words("number"), named(options.text("number_property", "wy:grant"))

    def apply(field: Field, description: Description) -> None:
        node = description.named(on)
        for value in field.all(number) if number else ():
            node.say(number_property, text(clean.space(value)))
        name = clean.space(field.first(name_parts))
        given = field.all(identifiers)
        if not name:
            return
        key = next(filter(None, (own_key("organization", value) for value in given)), "")
        organization = description.node("organization", key or keys.named("organization", name))
        if not organization.statements:
            organization.say(named("wy:name"), text(name, "zh" if script(name) == "Hani" else ""))
            for value in given:
                if address := f"https://doi.org/{doi(value)}" if doi(value) else address_of(value):
                    organization.say(named("wy:exactMatch"), iri(address))
        node.say(predicate, organization)

    return apply
