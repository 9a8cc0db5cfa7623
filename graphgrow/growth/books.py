"""What an economy of signals remembers: credits, and an account for each signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphgrow.arrays import Json, Memory
from graphgrow.growth.remembered import epoch, inner, number, whole


@dataclass
class Account:
    """One signal's account.

    Attributes
    ----------
    value : credits for finding it, today.
    looks, finds, spent, earned : since the start; cost of looks and credits earned.
    used, spent_now, earned_now : finds, cost and credits since the last growth.
    staked : finds that went into the last growth, which is still to be judged.
    tries, wins : outcomes it took part in since the last revaluation, and successes among them.
    looked : epoch of the last look.
    memory : the detector's own.
    """

    value: float
    looks: int = 0
    finds: int = 0
    spent: float = 0.0
    earned: float = 0.0
    used: int = 0
    spent_now: float = 0.0
    earned_now: float = 0.0
    staked: int = 0
    tries: int = 0
    wins: int = 0
    looked: int | None = None
    memory: Memory = field(default_factory=dict)

    @staticmethod
    def read(memory: Memory, value: float) -> Account:
        """From plain data; `value` is the start of one that is new."""
        counts = {name: whole(memory, name) for name in ("looks", "finds", "used", "staked", "tries", "wins")}
        sums = {name: number(memory, name) for name in ("spent", "earned", "spent_now", "earned_now")}
        own = inner(memory, "memory")
        return Account(number(memory, "value", value), **counts, **sums, looked=epoch(memory, "looked"), memory=own)  # type: ignore[arg-type]

    def look(self, cost: float, found: bool) -> None:
        """Enter one look."""
        self.looks += 1
        self.spent += cost
        self.spent_now += cost
        if found:
            self.finds += 1
            self.used += 1
            self.earned += self.value
            self.earned_now += self.value

    def revalue(self, least: float, most: float) -> None:
        """Multiply the value by 0.5 + the rate of success; signals that took part in no outcome keep theirs."""
        if self.tries:
            self.value = min(max(self.value * (0.5 + self.wins / self.tries), least), most)
        self.tries, self.wins = 0, 0


@dataclass
class Books:
    """All accounts of an economy; `read` and `memory` are inverse to each other.

    Attributes
    ----------
    credit : credits there are.
    step : when the books were last kept.
    earned_at : epoch at which credits were last earned; at first, that of the first ask.
    staked_at : step of the growth that is still to be judged.
    outcomes : growths judged so far.
    """

    accounts: dict[str, Account]
    credit: float = 0.0
    step: int | None = None
    earned_at: int | None = None
    staked_at: int | None = None
    outcomes: int = 0

    @staticmethod
    def read(memory: Memory, values: Mapping[str, float]) -> Books:
        """From plain data, with an account for each name in `values`, the start values."""
        held = inner(memory, "accounts")
        return Books(
            {name: Account.read(inner(held, name), value) for name, value in values.items()},
            number(memory, "credit"),
            epoch(memory, "step"),
            epoch(memory, "earned_at"),
            epoch(memory, "staked_at"),
            whole(memory, "outcomes"),
        )

    @property
    def memory(self) -> dict[str, Json]:
        """As plain data."""
        accounts: dict[str, Json] = {
            name: {**vars(account), "memory": dict(account.memory)} for name, account in self.accounts.items()
        }
        own: dict[str, Json] = {name: value for name, value in vars(self).items() if name != "accounts"}
        return {**own, "accounts": accounts}

    def returned(self) -> float:
        """Credits earned per cost of looks since the last growth."""
        spent = sum(account.spent_now for account in self.accounts.values())
        return sum(account.earned_now for account in self.accounts.values()) / spent if spent else 0.0

    def pay(self, price: float) -> None:
        """Pay for growth: what the signals found is staked on it, and their round starts anew."""
        self.credit -= price
        self.staked_at = self.step
        for account in self.accounts.values():
            account.staked, account.used, account.spent_now, account.earned_now = account.used, 0, 0.0, 0.0

    def judge(self, success: bool) -> None:
        """Enter the outcome of the last growth for the signals staked on it."""
        self.outcomes += 1
        for account in self.accounts.values():
            account.tries += account.staked > 0
            account.wins += success and account.staked > 0

    def report(self) -> dict[str, Json]:
        """For people: credits left, outcomes, and each signal's value, looks, finds and return on investment."""
        signals: dict[str, Json] = {
            name: {
                "value": account.value,
                "looks": account.looks,
                "finds": account.finds,
                "return": account.earned / account.spent if account.spent else None,
            }
            for name, account in self.accounts.items()
        }
        return {"credit": self.credit, "outcomes": self.outcomes, "signals": signals}
