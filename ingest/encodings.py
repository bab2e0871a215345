"""Which encoding the bytes of a catalogue record are in, told by the bytes and not by the leader.

The leader of a UNIMARC or CNMARC record says nothing about it, and that of a MARC 21 record is often
wrong. So every reading that is possible is tried and judged by the text that comes out:

    strict UTF-8 with characters beyond ASCII                       utf-8
    an escape sequence of MARC-8                                    marc-8
    strict GB18030 in which the Han are those that Chinese uses     gb18030 (so GBK, GB 2312)
    the same of Big5                                                big5
    marks before letters that make letters of living languages      marc-8, iso-5426 (UNIMARC)
    whole words of the commonest letters of Russian                 windows-1251, koi8-r
    letters of Western Europe among letters                         latin-1, with a warning
    nearly all UTF-8 or GB18030                                     that, with a warning and U+FFFD

Each reading has a confidence in 0..1; below ENOUGH a record is refused, since wrong text looks right.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ingest import marc8

ENOUGH = 0.9
SUBFIELD = "\x1f"

# The commonest Han of Chinese titles, simplified and then the traditional forms that differ: counted
# in CSL and ChinaXiv titles and abstracts, with the words of catalogues added.
_COMMON_HAN = frozenset(
    "的分学性化对中基研和究与用法于生及理方度在工系响了为应物地合影型体析制结特量动模进能数发水程成一机有行高变作大效其计区术不国种关"
    "测表算同统定以子力时态因多流质构过实下组征产现展相建新间电设土果素通文人技出经式可提气管率验重标是要面业明空科形论自期控本内后优"
    "细主类上据信值植加解并小长环平原光网源年个位比向调利会传干较治评点器件预育壤线导复者达疗域等价胞市观全病心题例境部料热目层群感代"
    "低路林图酸状布外来白交问微医增速异海养菌血最强品络降道维运改三差资采农转规检指西功叶策别到情显保拟入活压试像证风前探得公离具反施"
    "河参积温天蛋集样我社立场取识单联开意而段波含处抗正山义配该药剂格南之济选金北聚均射知油条两无视混适景从接估色带患务染存液氧好角护"
    "家移岩节近织确断共草息造根精安准非综权事元属双二所床花教收口认临库城述考矿政神常粒深艺稳极然由密服引激真步石语沙求级径局随吸酶势"
    "换落报脉片界氮输备江谱创黄史米木材超置盐案智核决演频球使讨被次东础号直介版著译书华民京省委员丛记世古诗词曲说哲宗佛马克思毛泽邓历"
    "美音乐言汉字典辞律党军商馆藏编辑读王李张刘陈杨赵周吴徐孙朱胡郭何罗唐宋清卷册老月日春秋云红楼梦"
    "學對與於響爲為應體結動進數發機變計區術國種關測統時態質構過實組徵產産現間電設經氣驗標業論內後優細類據並長環網個調會傳幹較評點預線"
    "導復達療價觀題熱層羣群圖狀來問醫異養強絡維運資採農轉規檢葉別顯擬壓試證風離參積溫樣場識單聯開處義該藥劑濟選條兩無視適從帶務護巖節"
    "織確斷準綜權屬雙牀認臨庫礦藝穩極語級徑隨勢換報脈輸備譜創黃鹽決頻討東礎號譯書華員叢記詩詞說馬澤鄧歷樂漢辭黨軍館編輯讀張劉陳楊趙"
    "孫羅冊雲紅樓夢"
)
# Letters beyond ASCII by how often they stand in the records of Western libraries (natural logarithms).
_LETTERS = (
    (-2.5, "éóüäíáöèçñ"),
    (-4.0, "àãúôêâîåøæßëïõÉÖÜÄÁÅØłāīĭōšʹʺʻʼ°©£"),
    (-5.5, "ēūčśžěřńćýăşţğŭŏėżűőıĀĪŌŪŠČŽŚŁÍÓÚÇÑÈÀÊÂÎÔÆđŒœḥṭṣṇḍṃṛẓ\ufe20\ufe21·«»¿¡®½ʾʿ"),
)
_VOWELS = frozenset("aeiouAEIOU")
_RARE, _STRANGE, _BROKEN = -8.0, -11.0, -15.0
_IMPLAUSIBLE = -9.0
"""A mean weight below this is no Western language."""
_GRACE = 8
"""So many readable characters are lent to every record: one stray byte does not condemn a short one."""
_WEIGHT = {letter: weight for weight, letters in _LETTERS for letter in letters}

_CODED = re.compile(rb"\x1fa(\d{8}[a-z|][\d |]{4}.{9}[a-z |]{3}.{4,12}?)[\x1e\x1f]")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HAN_IN_UTF8 = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c\x1d\x7f-\x9f]|\x1b")
_NON_SORTING = "\x88\x89\x98\x9c"
_PAIR = re.compile(rb"[\x80-\xff]{2}")
_C1 = re.compile(r"[\x80-\x9f]")
_RUN = re.compile(r"[\x80-\xff]{3,}")
_CYRILLIC = re.compile(r"(?<![\u0400-\u045f])[\u0400-\u045f][\u0430-\u045f]+")
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмд")
_ENDING = re.compile(r"(?:ão|ãos|ões|ía|ías|ío|ée|ées)(?![A-Za-z])")
_CROWDED = re.compile(r"[b-df-hj-np-tv-xz][ñčřšžćńśźťľ](?:[b-df-hj-np-tv-xz]|$)", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_HAN_BESIDE_LETTERS = re.compile(r"(?<=[A-Za-z])[\u4e00-\u9fff](?=[A-Za-z])")
_PLAIN_EAST_ASIAN = re.compile(
    r"[\u00b0-\u00f7\u02c7-\u02d9\u0391-\u0451\u2010-\u2642\u3000-\u3129\u3220-\u33d5\uff01-\uffe5]"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of a record's bytes, the encoding it was read in, and how sure that is."""

    text: str
    encoding: str
    confidence: float = 1.0
    warnings: tuple[str, ...] = ()


def read(body: bytes, flag: str = " ") -> Reading:
    """The text of *body*, the fields of one record with their separators, in NFC.

    flag: leader/09 of MARC 21, which decides only where the bytes leave it open. Characters U+0098 and
    U+009C around what does not sort are left out.
    """
    if body.isascii():
        if b"\x1b" not in body:
            return _clean(body.decode("ascii"), "ascii")
    else:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return _legacy(body, flag)
        if b"\x1b" not in body or not marc8.is_marc8_escape(text):
            return _utf8(text, body, flag)
    return _legacy(body, flag)


def tidy(text: str) -> str:
    """*text* from a format that knows its encoding, as `read` would give it: NFC, nothing non-sorting."""
    return text if text.isascii() else _clean(text, "").text


def coded_data(body: bytes) -> str:
    """100$a of a UNIMARC or CNMARC record in *body*, "" where there is none."""
    found = _CODED.search(body)
    return found[1].decode("latin-1") if found else ""


def _utf8(text: str, body: bytes, flag: str) -> Reading:
    """UTF-8, unless it is so only by chance: a few GBK characters that look like Armenian or Arabic."""
    if flag != "a" and max(text) < "\u0800" and max(text) >= "\u0180":
        chinese = _chinese(body, "gb18030")
        if chinese is not None and chinese.confidence >= ENOUGH and _average(text) < _RARE:
            return chinese
    return _clean(text, "utf-8")


def _legacy(body: bytes, flag: str) -> Reading:
    best = _best(body, flag)
    return _clean(best.text, best.encoding, best.confidence, best.warnings)


def _best(body: bytes, flag: str) -> Reading:
    """The surest reading that is not plain UTF-8."""
    latin = body.decode("latin-1")
    if marc8.ESCAPE in latin and marc8.is_marc8_escape(latin):
        found = _by_parts(latin, "marc-8", marc8.marc8)
        others = [_damaged(body, "utf-8")] if found.confidence < ENOUGH else []
    elif _PAIR.search(body) is None:
        # No two bytes beyond ASCII side by side: neither Chinese nor UTF-8, so the costly tries are spared.
        return _western(latin, body, flag)
    else:
        found = _western(latin, body, flag)
        others = [_damaged(body, "utf-8"), _chinese(body, "gb18030"), _chinese(body, "big5"), _cyrillic(body)]
        others.append(_damaged(body, "gb18030"))
    # The order is that of the table above: a later reading must be surer to be taken.
    readings = [*filter(None, others[:-1]), found, *filter(None, others[-1:])]
    return max(readings, key=lambda reading: min(reading.confidence, 0.97))


def _damaged(body: bytes, encoding: str) -> Reading | None:
    """A reading with some bytes lost; its confidence is the share of characters that were read."""
    text = body.decode(encoding, errors="replace")
    lost = text.count(marc8.REPLACEMENT)
    good = len(_SEQUENCE.findall(body)) if encoding == "utf-8" else _share_read(text)
    if not lost or good < 3 * lost or (encoding != "utf-8" and _is_mixed(body, good)):
        return None
    warning = f"{lost} of {good + lost} characters beyond ASCII are not {encoding}"
    return Reading(text, encoding, 1 - lost / (good + lost + _GRACE), (warning,))


def _share_read(text: str) -> int:
    """How many Han of *text* count as read: none where they are not those of Chinese."""
    han = _HAN.findall(text)
    return len(han) if _commonness(han) >= 0.4 else 0


def _chinese(body: bytes, encoding: str) -> Reading | None:
    """Strict *encoding*, judged by which Han come out and what stands beside them."""
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    han = _HAN.findall(text)
    beyond = sum(char > "\x7f" for char in text)
    others = beyond - len(han) - len(_PLAIN_EAST_ASIAN.findall(text))
    if not han or others > beyond / 20 or _is_mixed(body, len(han)):
        return None
    mingled = len(_HAN_BESIDE_LETTERS.findall(text)) / len(han)
    common = _commonness(han)
    if mingled > 0.2 or common < 0.12:
        return None
    expected = _expects_chinese(body)
    # How far chance can explain so many common Han: they are a tenth of what noise gives.
    surplus = len(han) * (common - 0.1) + (3 if expected else 0)
    confidence = min(0.99, 1 - 0.5 * math.exp(-0.9 * surplus))
    return Reading(text, encoding, confidence)


def _is_mixed(body: bytes, han: int) -> bool:
    """Whether *body* has Han in UTF-8 among the *han* that another encoding makes of it."""
    return len(_HAN_IN_UTF8.findall(body)) * 5 > han


def _expects_chinese(body: bytes) -> bool:
    """Whether the coded data of a UNIMARC record say that it is catalogued in Chinese."""
    return coded_data(body)[22:25] == "chi"


def _commonness(han: list[str]) -> float:
    return sum(char in _COMMON_HAN for char in han) / len(han) if han else 0.0


def _cyrillic(body: bytes) -> Reading | None:
    """Windows-1251 or KOI8-R, in which whole words are beyond ASCII, by the commonest letters of Russian."""
    for encoding in ("cp1251", "koi8-r"):
        text = body.decode(encoding, errors="replace")
        words = "".join(_CYRILLIC.findall(text))
        beyond = sum(char > "\x7f" for char in text)
        common = sum(char in _COMMON_CYRILLIC for char in words)
        if len(words) > 0.9 * beyond and common > 0.6 * len(words) > 4:
            return Reading(text, "windows-1251" if encoding == "cp1251" else encoding, 0.95)
    return None


def _western(latin: str, body: bytes, flag: str) -> Reading:
    """The likelier of MARC-8 or ISO 5426 and Latin-1, by the letters that come out of each."""
    coded = coded_data(body)
    name, decode = ("iso-5426", marc8.iso5426) if coded else ("marc-8", marc8.marc8)
    lead = (3.0 if "03" in (coded[26:28], coded[28:30]) else 0.0) if coded else (-1.0 if flag == "a" else 5.0)
    words = [word for part in latin.split(SUBFIELD) if not part.isascii() for word in _words(part)]
    weights = [_weights(word, name) for word in words]
    of_marked, of_plain = lead + sum(weight[0] for weight in weights), sum(weight[1] for weight in weights)
    sure = 1 / (1 + math.exp(-min(50.0, abs(of_marked - of_plain))))
    # Single bytes among letters are a Western language; runs of them are some other encoding.
    count, in_runs = sum(weight[2] for weight in weights), sum(weight[3] for weight in weights)
    likely = 1.0 if in_runs < count / 2 else 0.5
    if of_marked >= of_plain:
        marked = _by_parts(latin, name, decode)
        return Reading(marked.text, name, min(sure, likely, marked.confidence), marked.warnings)
    likely = likely if of_plain / max(count, 1) > _IMPLAUSIBLE else 0.5
    name, plain = "latin-1", latin
    if _C1.search(latin):
        name, plain = "windows-1252", body.decode("cp1252", errors="replace")
    return Reading(plain, name, min(sure, likely, 0.95), (f"neither UTF-8 nor MARC-8, read as {name}",))


def _words(part: str) -> list[str]:
    """The words beyond ASCII of a subfield with its code."""
    return [word for word in part[1:].replace("\x1e", " ").split(" ") if not word.isascii()]


def _by_parts(latin: str, encoding: str, decode: Callable[[str], marc8.Read]) -> Reading:
    """*latin* decoded subfield by subfield; confidence is the share of characters that could be read."""
    parts = latin.split(SUBFIELD)
    seen = lost = 0
    for number, part in enumerate(parts):
        if not part.isascii() or marc8.ESCAPE in part:
            fields = [decode(piece) for piece in part.split("\x1e")]
            seen += sum(field.seen for field in fields)
            lost += sum(field.unreadable for field in fields)
            parts[number] = "\x1e".join(field.text for field in fields)
    warnings = (f"{lost} of {seen} characters beyond ASCII are not {encoding}",) if lost else ()
    return Reading(SUBFIELD.join(parts), encoding, 1 - lost / (seen + _GRACE), warnings)


@lru_cache(maxsize=65_536)
def _weights(word: str, encoding: str) -> tuple[float, float, int, int]:
    """How likely the letters of *word* are: read with marks before letters, and as Latin-1 or Windows-1252.

    Sums of logarithms; then how many of its characters are beyond ASCII, and how many of these in runs.
    """
    read = marc8.iso5426(word) if encoding == "iso-5426" else marc8.marc8(word)
    marked = sum(_WEIGHT.get(char, _of_rare(char)) for char in read.text if char > "\x7f")
    # A vowel of Latin-1 taken for the mark of the consonant after it leaves consonants without a vowel.
    marked += _BROKEN * read.unreadable - 3.0 * len(_CROWDED.findall(read.text))
    text = word.encode("latin-1").decode("cp1252", errors="replace") if _C1.search(word) else word
    beyond = [at for at, char in enumerate(text) if char > "\x7f"]
    plain = sum(_weight_in(text, at) for at in beyond)
    return marked, plain, len(beyond), sum(map(len, _RUN.findall(word)))


def _weight_in(text: str, at: int) -> float:
    """The weight of the character at *at*, less what its neighbours make unlikely."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    weight = _WEIGHT.get(char, _of_rare(char))
    if not char.isalpha():
        return weight + (_RARE if before.isalpha() else 0)
    if (char.islower() and after.isupper()) or (char.isupper() and before.islower()):
        return _BROKEN
    if before.isdigit() or after.isdigit() or before > "\x7f" or after > "\x7f":
        return weight + _RARE
    # What is a vowel with an accent in Latin-1 is an accent before its vowel in MARC-8.
    is_doubtful = after in _VOWELS and _is_vowel(char) and not _ENDING.match(text, at)
    return weight - (3.0 if is_doubtful else 0)


def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter)[0] in _VOWELS


def _of_rare(char: str) -> float:
    """The weight of a character that has none of its own."""
    if char == marc8.REPLACEMENT or unicodedata.category(char) in ("Cc", "Co", "Cn"):
        return _BROKEN
    if unicodedata.combining(char):
        return _RARE
    return _RARE if char < "\u0250" or "\u1e00" <= char < "\u1f00" else _STRANGE


def _average(text: str) -> float:
    weights = [_WEIGHT.get(char, _of_rare(char)) for char in text if char > "\x7f"]
    return sum(weights) / len(weights)


def _clean(text: str, encoding: str, confidence: float = 1.0, warnings: tuple[str, ...] = ()) -> Reading:
    """*text* in NFC, without controls other than separators, line ends and tabs."""
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = SUBFIELD.join(_composed(text))
    if _CONTROLS.search(text):
        kept = text.translate(dict.fromkeys(map(ord, _NON_SORTING)))
        text = _CONTROLS.sub(" ", kept)
        if text != kept:
            warnings = (*warnings, "control characters read as blanks")
    return Reading(text, encoding, confidence, warnings)


def _composed(text: str) -> Iterator[str]:
    # Part by part: a mark at the start of a subfield must not melt into the subfield's code.
    for part in text.split(SUBFIELD):
        yield part[:1] + unicodedata.normalize("NFC", part[1:])
