"""The handbook tells everything there is, and nothing that is not there."""

import io
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from api.cli.app import app, hoisted
from api.problems import PROBLEMS
from ingest import mapping
from ingest.examples import missing
from ingest.mapping import RULES
from ingest.plugins import SOURCES
from kg.formats import FORMATS
from kg.library import Library
from kg.settings import Settings
from kg.sparql.guard import check
from kg.sparql.local import answer
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "ingest" / "demo" / "README.md"]
TREE = typer.main.get_command(app)

by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


def commands(tree=TREE, path=()):
    """Every command with the words that call it."""
    yield path, tree
    for name, command in getattr(tree, "commands", {}).items():
        yield from commands(command, (*path, name))


def shown_commands(page):
    """The lines with `wenyuan ...` in blocks of a page, and in its running text."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^\$ wenyuan (.*)$", text, re.MULTILINE)
    yield from re.findall(r"`wenyuan ([^`]*)`", text)


@pytest.mark.parametrize("path", [path for path, command in commands() if path], ids=" ".join)
def test_a_command_is_told_with_all_its_options(path):
    command = dict(commands())[path]
    section = re.search(
        rf"^#+ `wenyuan {' '.join(path)}[^\n]*`$(.*?)(?=^#+ |\Z)", read("command-line.md"), re.M | re.S
    )

    assert section, f"docs/command-line.md has no section on {' '.join(path)}"
    for option in (name for parameter in command.params for name in parameter.opts if name.startswith("--")):
        assert f"`{option}" in section[1] or option in ("--help", "--json"), option


@pytest.mark.parametrize(
    "option", [name for each in TREE.params for name in each.opts if name.startswith("--")]
)
def test_an_option_of_wenyuan_itself_is_told(option):
    assert f"`{option}" in read("command-line.md")


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_a_setting_is_told_with_its_default(setting):
    default = getattr(Settings(), setting)

    assert f"| `{setting}` | `{default}` |" in read("settings.md")


@pytest.mark.parametrize("source", list(SOURCES))
def test_a_source_is_told(source):
    assert f"| `{source}` |" in read("formats.md")


@pytest.mark.parametrize("rule", list(RULES))
def test_a_kind_of_rule_says_what_it_makes(rule):
    assert (RULES[rule].__doc__ or "").strip()


def test_the_kinds_of_rule_in_the_guide_exist():
    told = re.findall(
        r"^\| `([a-z-]+)` \| [a-z]", read("mapping-guide.md").partition("## Kinds of rule")[2], re.MULTILINE
    )

    assert len(told) > 10
    assert set(told) <= set(RULES)


@pytest.mark.parametrize("name", mapping.names())
def test_a_mapping_and_each_of_its_rules_is_told_in_both_languages(name):
    found = mapping.bundled(name)

    assert set(found.title) == {"en", "zh"}
    for rule in found.rules:
        assert set(rule.note) == {"en", "zh"}, rule.fields


@pytest.mark.parametrize("form", [form.name for form in FORMATS])
def test_a_serialisation_is_told(form):
    assert f"`{form}`" in read("command-line.md")


@pytest.mark.parametrize("error", PROBLEMS, ids=lambda error: error.__name__)
def test_an_error_is_told_with_its_exit_code(error):
    assert f"| {PROBLEMS[error].exit_code} | `{error.__name__}` |" in read("exit-codes.md")


def test_the_table_and_the_mapping_of_the_guide_go_together(tmp_path, wenyuan):
    guide = read("mapping-guide.md")
    (tmp_path / "pamphlets.csv").write_text(
        re.search(r"```text\n(No,.*?)```", guide, re.DOTALL)[1], encoding="utf-8"
    )
    (tmp_path / "pamphlets.toml").write_text(
        re.search(r"```toml\n(.*?)```", guide, re.DOTALL)[1], encoding="utf-8"
    )

    told = wenyuan("ingest", "pamphlets.csv", "--mapping", "pamphlets.toml", "--source", "pamphlets")

    assert "new 1 · changed 0 · unchanged 0 · rejected 0" in told.err
    for example in (
        each for rule in mapping.read(tmp_path / "pamphlets.toml").rules for each in rule.examples
    ):
        assert missing(mapping.read(tmp_path / "pamphlets.toml"), example) == []


def test_the_source_of_the_guide_reads_a_card(tmp_path):
    names: dict[str, object] = {}
    code = re.search(r"```python\n(.*?)```", read("adding-a-source.md"), re.DOTALL)[1]
    exec(compile(code, "cards.py", "exec"), names)  # The page is ours.
    source = names["Cards"]()

    raws = list(source.split(io.BytesIO(b"number: 7\ntitle: A card\n\ntitle: No number\n")))
    read_in = [source.read(raw) for raw in raws]

    assert [raw.offset for raw in raws] == [0, 25]
    assert read_in[0].key == "7"
    assert read_in[1].reason == "the card has no line 'number: ...'"


@by_name
def test_a_command_that_is_shown_exists(page):
    known = dict(commands())
    for line in shown_commands(page):
        words = hoisted(re.sub(r"'[^']*'", "X", line).split())
        while words and words[0].startswith("--"):
            words = words[2:] if words[0] in ("--data-dir", "--lang", "--space") else words[1:]
        if words[:1] in ([], ["COMMAND"]):
            continue
        path = tuple(words[:2]) if tuple(words[:2]) in known else tuple(words[:1])
        assert path in known, line
        options = {name for parameter in known[path].params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= {*options, "--help"}, line


@by_name
def test_a_target_of_make_that_is_shown_exists(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")

    assert set(re.findall(r"(?:`|^\$ )make ([a-z]+)", text, re.MULTILINE)) <= targets


@by_name
def test_no_link_leads_nowhere(page):
    generated = {DOCS / "mappings" / f"{name}.md" for name in ("index", "rules", *mapping.names())}
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            place = (page.parent / target).resolve()
            assert place.exists() or place in generated, f"{page.name}: {target}"


@pytest.mark.parametrize("query", re.findall(r"```sparql\n(.*?)```", read("sparql.md"), re.DOTALL))
def test_a_query_that_is_shown_is_answered(query):
    with Library.in_memory() as library:
        checked = check(query)
        form = FORMATS[0] if checked.form == "CONSTRUCT" else RESULT_FORMATS[0]
        found = answer(Question(checked, form), library.store.engine, base_iri=Settings().base_iri)

    assert found.media_type == form.media_type


def test_the_two_readmes_show_the_same_commands():
    english, chinese = (ROOT / "README.md", ROOT / "README.zh.md")
    blocks = [
        re.findall(r"^\$ .*$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in (english, chinese)
    ]

    assert blocks[0] == blocks[1]


@pytest.mark.slow
def test_the_handbook_builds_without_a_warning_and_fetches_nothing(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr

    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', page.read_text(encoding="utf-8")
        )
        assert loaded == [], page
    for name in mapping.names():
        assert (tmp_path / "mappings" / f"{name}.html").is_file()
