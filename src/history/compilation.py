"""How loops are compiled: one typed decorator over numba's own, which has no types."""

from collections.abc import Callable
from typing import TypeVar, overload

import numba

Compiled = TypeVar("Compiled", bound=Callable[..., object])


@overload
def jit(function: Compiled) -> Compiled: ...
@overload
def jit(
    function: None = None, *, nogil: bool = True, error_model: str = "python", signature: str | None = None
) -> Callable[[Compiled], Compiled]: ...
def jit(
    function: Compiled | None = None, *, nogil: bool = True, error_model: str = "python", signature: str | None = None
) -> Compiled | Callable[[Compiled], Compiled]:
    """Compile a function with numba, without Python objects and kept on disk beside its file.

    ``fastmath`` is never on: it would break the routing of missing values and the order of sums.

    Parameters
    ----------
    function
        A function of numpy arrays and numbers; None where the decorator is called with options.
    nogil
        Let go of Python's lock meanwhile; False where a call is too short to be worth it.
    error_model
        ``"python"`` raises on a division by zero, ``"numpy"`` gives inf or NaN.
    signature
        numba's types of the arguments, to compile when the module is imported; None: at the first call.
    """
    signatures = () if signature is None else (signature,)
    compile_: Callable[[Compiled], Compiled] = numba.njit(*signatures, cache=True, nogil=nogil, error_model=error_model)
    return compile_ if function is None else compile_(function)
