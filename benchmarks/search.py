"""The search index at 500,000 labels: building, size, memory, and how long each kind of question takes.

    python -m benchmarks.search [--labels 500000]

The labels are real ones, Chinese and English, cut in two and joined anew, so that words and characters are as
frequent as they are in titles. A tenth are names, of which each is told by several graphs.
"""

import argparse
import csv
import gzip
import json
import random
import re
import resource
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

from kg.entries import Entry
from kg.pinyin import syllables
from kg.search import SearchIndex

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "ingest" / "demo"
BASE = "http://localhost:8000/id/"
_PORTION = 10_000
_QUESTIONS = 150


def chinese() -> list[str]:
    """Real Chinese titles and names."""
    listed = (ROOT / "tests" / "data" / "labels" / "chinese.tsv").read_text(encoding="utf-8").splitlines()
    with gzip.open(DEMO / "tables" / "chinaxiv.csv.gz", "rt", encoding="utf-8") as table:
        titles = [row["title"] for row in csv.DictReader(table)]
    return [line.partition("\t")[2] for line in listed] + titles


def english() -> list[str]:
    """Real titles of articles, and terms of physics."""
    with gzip.open(DEMO / "articles" / "crossref.jsonl.gz", "rt", encoding="utf-8") as lines:
        titles = [title for line in lines for title in json.loads(line).get("title", ())]
    terms = gzip.decompress((DEMO / "vocabularies" / "physh.ttl.gz").read_bytes()).decode()
    return titles + re.findall(r'prefLabel "([^"]+)"@en', terms)


def labels(count: int, seed: int = 1) -> Iterator[tuple[str, str]]:
    """*count* labels with their languages, made of the real ones."""
    chance = random.Random(seed)
    zh, en = chinese(), [title.split() for title in english()]
    for number in range(count):
        if number % 2:
            one, other = chance.choice(zh), chance.choice(zh)
            yield one[: chance.randint(1, 12)] + other[-chance.randint(1, 12) :], "zh"
        else:
            words, more = chance.choice(en), chance.choice(en)
            yield " ".join(words[: chance.randint(1, 6)] + more[-chance.randint(1, 6) :]), "en"


def told(count: int) -> Iterator[Entry]:
    """What graphs contribute: works with a creator and three subjects, of which many come again."""
    chance = random.Random(2)
    for number, (label, language) in enumerate(labels(count)):
        if number % 10 == 0:
            yield Entry(f"{BASE}person/{number}", "person", ((label[:12], language),))
            continue
        creator, subject = (
            f"{BASE}person/{chance.randrange(count) // 10 * 10}",
            f"{BASE}concept/{chance.randrange(2000)}",
        )
        year = ("year", str(1950 + chance.randrange(75)))
        yield Entry(
            f"{BASE}work/{number}",
            "work",
            ((label, language),),
            facets=(
                ("creator", creator),
                ("language", language),
                ("subject", subject),
                ("type", "book"),
                year,
            ),
        )
        yield Entry(subject, "concept", ((f"Subject {subject[-4:]}", "en"),))


def build(index: SearchIndex, count: int) -> tuple[float, float, int]:
    """Fills *index*; gives seconds, CPU seconds, and how many entries were counted in."""
    entries, met = told(count), 0
    wall, used = 0.0, 0.0
    while some := list(islice(entries, _PORTION)):
        began, spent = perf_counter(), process_time()
        index.apply(met + 1, (), some)
        wall, used, met = wall + perf_counter() - began, used + process_time() - spent, met + len(some)
    return wall, used, met


def timed(ask: Callable[[str], object], questions: Sequence[str]) -> tuple[float, float, float]:
    """Median, 95th percentile and maximum of the milliseconds that a question takes."""
    taken = []
    for question in questions:
        began = perf_counter()
        ask(question)
        taken.append((perf_counter() - began) * 1000)
    return median(taken), quantiles(taken, n=20)[-1], max(taken)


def questions(count: int) -> dict[str, list[str]]:
    """Questions of each kind, taken from labels that are in the index."""
    chance = random.Random(3)
    asked = chance.sample(list(labels(count)), min(count, 20_000))
    zh = [label for label, language in asked if language == "zh" and re.fullmatch("[一-鿿]{4,}", label)]
    en = [label.split() for label, language in asked if language == "en" and len(label.split()) > 2]
    starts = [chance.randrange(len(label) - 1) for label in zh]
    pairs = [label[start : start + 2] for label, start in zip(zh, starts, strict=True)]
    return {
        "word": [max(words, key=len) for words in en][:_QUESTIONS],
        "two words": [f"{words[0]} {words[-1]}" for words in en][:_QUESTIONS],
        "Chinese character": [pair[0] for pair in pairs][:_QUESTIONS],
        "Chinese bigram": pairs[:_QUESTIONS],
        "four characters": [label[:4] for label in zh][:_QUESTIONS],
        "pinyin, joined": ["".join(syllables(label[:3])) for label in zh][:_QUESTIONS],
        "whole title": [label for label, _ in asked][:_QUESTIONS],
        "frequent word": ["of", "the", "quantum", "研究", "的", "系统"] * 5,
    }


def report(index: SearchIndex, count: int) -> None:
    """Prints how long questions take."""
    asked = questions(count)
    begun = [label[: 2 + place % 4] for place, label in enumerate(asked["whole title"])]
    rows: list[tuple[str, Callable[[str], object], Sequence[str]]] = [
        ("prefix, completion", index.complete, begun),
        ("prefix of a kind", lambda text: index.complete(text, kind="person"), begun),
        *((name, index.search, some) for name, some in asked.items()),
        (
            "bigram with a filter",
            lambda text: index.search(text, filters={"year": ["1990..1999"]}),
            asked["Chinese bigram"],
        ),
        ("everything, facets", index.search, [""] * 20),
        ("sorted by year", lambda text: index.search(text, sort="-year"), asked["Chinese bigram"]),
        ("did you mean", index.suggest, [f"{text[:4]}x{text[5:]}" for text in asked["word"]][:50]),
    ]
    print(f"\n{'question':24}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    for name, ask, some in rows:
        print(f"{name:24}" + "".join(f"{figure:9.2f}" for figure in timed(ask, some)))


def main() -> None:
    """Builds, measures, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labels", type=int, default=500_000)
    count = parser.parse_args().labels
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "search.sqlite"
        with SearchIndex.open(path) as index:
            wall, used, met = build(index, count)
            print(f"{count:,} labels, {met:,} entries in {wall:.1f} s: {used / met * 1e6:.0f} µs of CPU each")
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            print(f"on disk {size / 1e6:.0f} MB ({size / count:.0f} bytes a label)")
            report(index, count)
    print(f"\nmemory at its highest {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
