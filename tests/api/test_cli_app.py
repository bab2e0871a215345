"""The command line as a whole: its options, its help in two languages, its errors and exit codes."""

import json
from pathlib import Path
from string import Formatter

import pytest
import typer

from api.cli.app import app, hoisted
from api.cli.help import chinese
from api.cli.session import spoken
from api.problems import PROBLEMS
from api.words import messages


def test_options_of_wenyuan_may_stand_after_the_command():
    words = ["search", "--data-dir", "here", "书", "--lang=zh", "--json", "-q"]

    assert hoisted(words) == ["--data-dir", "here", "--lang=zh", "-q", "search", "书", "--json"]


def test_nothing_after_two_dashes_is_an_option():
    assert hoisted(["search", "--", "--data-dir"]) == ["search", "--", "--data-dir"]


@pytest.mark.parametrize(
    ("asked", "environment", "language"),
    [
        ("zh", {"LANG": "en_GB.UTF-8"}, "zh-Hans"),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        ("", {"WENYUAN_LANGUAGE": "zh", "LC_ALL": "C"}, "zh-Hans"),
        ("", {"LANG": "zh_CN.UTF-8"}, "zh-Hans"),
        ("", {"LC_ALL": "de_DE.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ("", {}, "en"),
    ],
)
def test_messages_are_in_the_language_asked_for_else_that_of_the_place(asked, environment, language):
    assert spoken(asked, environment) == language


def commands(tree, path="wenyuan"):
    yield path, tree
    for name, command in getattr(tree, "commands", {}).items():
        yield from commands(command, f"{path} {name}")


def test_every_command_and_option_has_help_in_both_languages():
    tree, texts = typer.main.get_command(app), chinese()

    for path, command in commands(tree):
        assert command.help, path
        assert texts[path]["about"], path
        for parameter in command.params:
            assert parameter.help, (path, parameter.name)
            assert texts[path][parameter.name], (path, parameter.name)


def test_chinese_help_speaks_of_nothing_that_is_not_there():
    tree = typer.main.get_command(app)
    known = {
        path: {"about", "help", *(each.name for each in command.params)} for path, command in commands(tree)
    }

    for path, texts in chinese().items():
        assert set(texts) <= known[path], path


def test_help_is_in_chinese_where_that_is_asked_for(wenyuan):
    found = wenyuan("--help", "--lang", "zh")

    assert found.code == 0
    assert "收录记录" in found.out
    assert "运维" in found.out
    assert "Operate" not in found.out


def fields(text):
    """The values that a message takes."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_message_says_the_same_in_both_languages():
    for key, chinese_text in messages("zh-Hans").items():
        if key.startswith("cli."):
            assert fields(chinese_text) == fields(messages("en")[key]), key


def test_every_error_has_an_exit_code_of_its_own_or_shares_it_by_name():
    codes = [found.exit_code for found in PROBLEMS.values()]

    assert all(0 < code < 126 and code != 2 for code in codes)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "work/none"], 3, "nothing is known"),
        (["mappings", "none"], 4, "no mapping called 'none'"),
        (["export", "all.doc"], 4, "no format '.doc'"),
        (["query", "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"], 5, "SERVICE"),
        (["query", "SELECT"], 6, "line 1"),
        (["ingest", "none.mrc"], 8, "none.mrc"),
        (["undo", "7"], 3, "7"),
        (["rejected", "show", "7"], 3, "7"),
        (["sing"], 2, "sing"),
        (["ingest"], 2, "say which files"),
        (["search"], 2, ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_error_has_its_exit_code_and_says_what_is_wrong(wenyuan, words, code, said):
    found = wenyuan(*words)

    assert (found.code, said in found.err) == (code, True), found
    assert found.out == ""


def test_a_wrong_setting_is_refused_with_the_nearest_known_one(wenyuan, monkeypatch):
    monkeypatch.setenv("WENYUAN_PROT", "1")

    found = wenyuan("settings")

    assert found.code == 10
    assert "'port'" in found.err


def test_settings_are_shown_as_they_are(wenyuan, monkeypatch):
    monkeypatch.setenv("WENYUAN_PORT", "8123")

    assert json.loads(wenyuan("settings", "--json").out)["port"] == 8123


def test_quiet_says_nothing_but_data(wenyuan):
    assert wenyuan("search", "书").err == "0 found\n"
    assert wenyuan("search", "书", "--quiet").err == ""


def test_what_is_no_terminal_gets_plain_text(wenyuan):
    found = wenyuan("history")

    assert found.out == "number\twhen\twhat\tsource\tadded\tremoved\tby\n"
    assert "\x1b" not in found.out + found.err


def test_the_version_is_that_of_the_distribution(wenyuan):
    from importlib.metadata import version

    assert wenyuan("--version").out == f"wenyuan {version('wenyuan')}\n"


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_commands(shell, tmp_path, monkeypatch):
    import os
    import subprocess
    import sys

    script = Path(sys.executable).parent / "wenyuan"
    words = {"COMP_WORDS": "wenyuan se", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "wenyuan se"}
    asked = {
        **os.environ,
        **words,
        "_WENYUAN_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }

    said = subprocess.run([script], env=asked, capture_output=True, text=True, check=False).stdout

    assert "serve" in said
    assert "search" in said
