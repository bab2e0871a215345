"""A finding: one thing that is wrong with a record, and how to say it in Chinese and English."""

from dataclasses import dataclass

from ontology.literals import text_of
from ontology.namespaces import compact
from ontology.schema import label
from ontology.shapes import Constraint, Shape

_LONGEST = 80

_WORDINGS = {
    "minCount": ("{zh}：至少应有{n}个值", "{en}: there must be at least {n}"),
    "maxCount": ("{zh}：至多可有{n}个值", "{en}: there must be at most {n}"),
    "class": ("{zh}：应在同一记录中描述（{zh_n}）", "{en}: must be described in the same record ({en_n})"),
    "datatype": ("{zh}：数据类型应为{n}", "{en}: must be of datatype {n}"),
    "nodeKind": ("{zh}：应为{zh_kind}", "{en}: must be {en_kind}"),
    "pattern": ("{zh}：格式不符合{n}", "{en}: does not have the form {n}"),
    "in": ("{zh}：不在允许的取值之中", "{en}: is none of the values allowed"),
    "languageIn": ("{zh}：语种不在允许之列", "{en}: is in none of the languages allowed"),
    "uniqueLang": ("{zh}：同一语种只能有一个值", "{en}: there must be only one in each language"),
    "minLength": ("{zh}：至少应有{n}个字符", "{en}: must be {n} characters long or longer"),
    "maxLength": ("{zh}：至多可有{n}个字符", "{en}: must be {n} characters long or shorter"),
    "minInclusive": ("{zh}：不得小于{n}", "{en}: must be at least {n}"),
    "maxInclusive": ("{zh}：不得大于{n}", "{en}: must be at most {n}"),
    "minExclusive": ("{zh}：应大于{n}", "{en}: must be more than {n}"),
    "maxExclusive": ("{zh}：应小于{n}", "{en}: must be less than {n}"),
    "lessThan": ("{zh}：应小于“{zh_n}”", "{en}: must be less than {en_n}"),
    "lessThanOrEquals": ("{zh}：不得大于“{zh_n}”", "{en}: must not be more than {en_n}"),
    "equals": ("{zh}：应与“{zh_n}”相同", "{en}: must be the same as {en_n}"),
    "disjoint": ("{zh}：不得与“{zh_n}”相同", "{en}: must not be the same as {en_n}"),
    "hasValue": ("{zh}：应包含{n}", "{en}: must include {n}"),
    "node": ("{zh}：{zh_inner}", "{en}: {en_inner}"),
}
_KINDS = {
    "sh:IRI": ("链接（IRI），而非文字", "a link (an IRI), not text"),
    "sh:Literal": ("文字，而非链接", "text, not a link"),
}
_NOT_SO = ("不符合要求", "is not as it should be")
_OTHERWISE = ("{zh}：{zh_inner}", "{en}: {en_inner}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a validation result of SHACL (§ 3.6.2).

    focus, value: terms; value is "" where no single value is to blame. path: the property's IRI, "" for the
    focus itself. component: the constraint's, such as "MinCountConstraintComponent". severity: "violation",
    "warning" or "info". shape: the IRI of the named shape that asked for it. zh, en: what to tell a person.
    """

    focus: str
    path: str
    component: str
    severity: str
    value: str
    shape: str
    zh: str
    en: str

    @property
    def flag(self) -> str:
        """A short, stable code for what is wrong, such as "wy:InstanceShape wy:isbn13 Pattern"."""
        return flag(self.shape, self.path, self.component)

    @property
    def message(self) -> str:
        """What is wrong, in Chinese and English, with the value to blame."""
        value = self.value if len(self.value) <= _LONGEST else f"{self.value[: _LONGEST - 1]}…"
        return f"{self.zh} / {self.en}: {value}" if value else f"{self.zh} / {self.en}"


def flag(shape: str, path: str, component: str) -> str:
    """The code of every finding of that shape, path and component."""
    names = (compact(shape), compact(path) if path else "", component.removesuffix("ConstraintComponent"))
    return " ".join(filter(None, names))


def wording(shape: Shape, constraint: Constraint) -> tuple[str, str]:
    """What to tell a person in Chinese and English: the shape's own message, else one made from its parts.

    A shape inside says what it wants in its own message: "出版日期：应为规范的日期".
    """
    zh, en = _WORDINGS.get(constraint.name, _OTHERWISE)
    names, own = _names(shape, constraint), shape.messages
    return own.get("zh") or zh.format_map(names), own.get("en") or en.format_map(names)


def _names(shape: Shape, constraint: Constraint) -> dict[str, str]:
    path, given = shape.path[1:-1], next(iter(constraint.terms), "")
    inner = constraint.shapes[0].messages if len(constraint.shapes) == 1 else {}
    is_iri = given.startswith("<")
    kinds = _KINDS.get(compact(given[1:-1]), ("另一种类的值", "of another kind"))
    return {
        "zh": label(path, "zh") if path else "此项",
        "en": label(path, "en") if path else "this",
        "n": compact(given[1:-1]) if is_iri else text_of(given) if given else "",
        "zh_n": label(given[1:-1], "zh") if is_iri else "",
        "en_n": label(given[1:-1], "en") if is_iri else "",
        "zh_kind": kinds[0],
        "en_kind": kinds[1],
        "zh_inner": inner.get("zh", _NOT_SO[0]),
        "en_inner": inner.get("en", _NOT_SO[1]),
    }
