"""One line of the doctor's report."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one examination. `problem` is empty if there is none; `remedy` is the fix."""

    what: str
    problem: str = ""
    remedy: str = ""
    #: Worth knowing, but not a problem.
    note: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem

    def __str__(self) -> str:
        if self.ok:
            return f"ok       {self.what}" + f": {self.note}" * bool(self.note)
        return f"problem  {self.what}: {self.problem}" + (f" -> {self.remedy}" * bool(self.remedy))
