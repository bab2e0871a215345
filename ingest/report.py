"""What a pass did, counted."""

from dataclasses import asdict, dataclass, field


@dataclass(slots=True)
class Report:
    """The tally of one pass over one file.

    read = new + changed + unchanged + rejected. statements: written by this pass; changes: the numbers
    of the changes it made, none where nothing was new; flagged: records stored with a quality flag;
    unmapped: fields that no rule of the mapping reads, with how often they were seen.
    """

    source: str
    file: str
    format: str
    why: str = ""
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    flagged: int = 0
    statements: int = 0
    seconds: float = 0.0
    batch: str = ""
    raw: str = ""
    changes: list[int] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    unmapped: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.read / self.seconds if self.seconds else 0.0

    def refuse(self, reason: str) -> None:
        """Counts a refused record under its reason."""
        self.rejected += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def as_dict(self) -> dict[str, object]:
        """The report as plain values, for JSON."""
        return asdict(self) | {"rate": round(self.rate, 1)}
