"""Vectors of numbers in LLVM's own terms, since numba offers none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from numba.core import cgutils

I32 = ir.IntType(32)


@dataclass(frozen=True)
class Tile:
    """Emits instructions on `lanes` numbers; with `count`, only the first `count` of them touch memory."""

    builder: ir.IRBuilder
    element: ir.Type
    lanes: int
    count: ir.Value | None = None

    @property
    def kind(self) -> ir.VectorType:
        """The vector type."""
        return ir.VectorType(self.element, self.lanes)

    @property
    def suffix(self) -> str:
        """The type in the names of LLVM's intrinsics."""
        return f"v{self.lanes}f{64 if isinstance(self.element, ir.DoubleType) else 32}"

    def call(self, name: str, result: ir.Type, arguments: Sequence[ir.Value]) -> ir.Value:
        """Call an LLVM intrinsic."""
        shape = ir.FunctionType(result, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(self.builder.module, shape, name)  # type: ignore[no-untyped-call]
        return self.builder.call(function, arguments)

    def splat(self, value: ir.Value) -> ir.Value:
        """The same number in all lanes."""
        undefined = ir.Constant(self.kind, ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.Constant(I32, 0))
        return self.shuffle(first, undefined, [0] * self.lanes)

    def shuffle(self, first: ir.Value, second: ir.Value, lanes: Sequence[int]) -> ir.Value:
        """Pick lanes of two vectors."""
        return self.builder.shuffle_vector(
            first, second, ir.Constant(ir.VectorType(I32, len(lanes)), [ir.Constant(I32, lane) for lane in lanes])
        )

    def zero(self) -> ir.Value:
        """Zeros."""
        return ir.Constant(self.kind, None)

    def fma(self, first: ir.Value, second: ir.Value, third: ir.Value) -> ir.Value:
        """first * second + third, rounded once."""
        return self.call(f"llvm.fma.{self.suffix}", self.kind, [first, second, third])

    def load(self, pointer: ir.Value) -> ir.Value:
        """Read a tile; lanes beyond the count are 0."""
        place = self.builder.bitcast(pointer, self.kind.as_pointer())
        if self.count is None:
            return self.builder.load(place, align=self._align)
        arguments = [place, ir.Constant(I32, self._align), self._mask(), self.zero()]
        return self.call(f"llvm.masked.load.{self.suffix}.p0", self.kind, arguments)

    def store(self, value: ir.Value, pointer: ir.Value) -> None:
        """Write a tile."""
        place = self.builder.bitcast(pointer, self.kind.as_pointer())
        if self.count is None:
            self.builder.store(value, place, align=self._align)
            return
        arguments = [value, place, ir.Constant(I32, self._align), self._mask()]
        self.call(f"llvm.masked.store.{self.suffix}.p0", ir.VoidType(), arguments)

    @property
    def _align(self) -> int:
        return 8 if isinstance(self.element, ir.DoubleType) else 4

    def _mask(self) -> ir.Value:
        whole = Tile(self.builder, I32, self.lanes)
        numbers = ir.Constant(whole.kind, [ir.Constant(I32, lane) for lane in range(self.lanes)])
        return self.builder.icmp_signed("<", numbers, whole.splat(self.builder.trunc(self.count, I32)))
