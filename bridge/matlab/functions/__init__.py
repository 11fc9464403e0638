"""The functions that expressions may call: an explicit table, and nothing beside it.

`TABLE` says which module of this folder defines a name; the module is imported when one of its functions is
first called. A test holds the table against what the modules register.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bridge.errors import MatlabError
from bridge.matlab.values import class_of, size_text

if TYPE_CHECKING:
    from bridge.matlab.functions.registry import Function
    from bridge.matlab.operators import Operations

TABLE: dict[str, str] = {
    "constants": "eps false flintmax i Inf inf intmax intmin j NaN nan pi realmax realmin true",
    "elementary": (
        "abs acos acosd acosh angle asin asind asinh atan atan2 atan2d atand atanh ceil complex conj cos cosd cosh "
        "cot csc deg2rad exp expm1 fix floor hypot idivide imag log log10 log1p log2 mod nextpow2 nthroot pow2 "
        "rad2deg real rem round sec sign sin sinc sind sinh sqrt tan tand tanh"
    ),
    "creation": (
        "blkdiag cell colon diag eye hankel hilb linspace logspace magic meshgrid ndgrid ones repmat toeplitz "
        "vander zeros"
    ),
    "shape": (
        "cat circshift ctranspose flip fliplr flipud height horzcat ind2sub iscolumn isempty ismatrix isrow "
        "isscalar isvector length ndims numel permute reshape rot90 size squeeze sub2ind transpose tril triu "
        "vertcat width"
    ),
    "operations": (
        "and eq ge gt ldivide le lt minus mldivide mpower mrdivide mtimes ne not or plus power rdivide times "
        "uminus uplus xor"
    ),
    "reductions": (
        "all any cross cumprod cumsum cumtrapz diff dot mean median mode nnz norm prod range rms std sum trapz var"
    ),
    "ordering": (
        "accumarray bounds cummax cummin find intersect ismember issorted max min nonzeros setdiff sort sortrows "
        "union unique"
    ),
    "linear": "balance chol cond det eig expm inv kron logm lu null orth pinv qr rank rcond sqrtm svd trace",
    "polynomials": "conv deconv filter interp1 poly polyder polyfit polyint polyval roots",
    "integers": "bitand bitcmp bitor bitshift bitxor factor factorial gcd isprime lcm nchoosek primes",
    "random": "rand randi randn randperm rng",
    "transforms": "fft fftshift ifft ifftshift",
    "special": "beta erf erfc erfinv gamma gammaln",
    "classes": (
        "cast class double full int16 int32 int64 int8 isa iscell iscellstr ischar isequal isequaln isfinite "
        "isfloat isinf isinteger islogical isnan isnumeric isobject isreal issparse isstring isstruct logical "
        "single typecast uint16 uint32 uint64 uint8"
    ),
    "texts": (
        "bin2dec blanks char contains deblank dec2bin dec2hex endsWith hex2dec int2str isspace lower mat2str "
        "num2str sprintf startsWith str2double str2num strcat strcmp strcmpi strfind string strjoin strjust "
        "strlength strncmp strncmpi strrep strsplit strtrim upper"
    ),
    "containers": (
        "arrayfun assert cell2mat cell2struct cellfun deal error feval fieldnames func2str getfield isfield "
        "isvarname num2cell orderfields rmfield setfield str2func struct struct2cell structfun"
    ),
}
_HOMES: dict[str, str] = {}


def _homes() -> dict[str, str]:
    if not _HOMES:
        for module, listed in TABLE.items():
            for name in listed.split():
                if name in _HOMES:
                    raise RuntimeError(f"function '{name}' is listed twice")
                _HOMES[name] = module
    return _HOMES


def function_names() -> list[str]:
    """All names in the table."""
    return sorted(_homes())


def has_function(name: str) -> bool:
    """Whether `name` is in the table."""
    return name in _homes()


def function(name: str) -> Function:
    """The function `name`; `KeyError` if the table lacks it."""
    module = import_module(f"bridge.matlab.functions.{_homes()[name]}")
    found: Function = module.FUNCTIONS[name]
    return found


def call(operations: Operations, name: str, arguments: list[Any], nargout: int = 1) -> tuple[Any, ...]:
    """``[…] = name(arguments)`` with plain values.

    `MatlabError` for a wrong number of arguments or values that the function cannot take.
    """
    from bridge.matlab.functions.registry import Call

    found = function(name)
    found.check(len(arguments))
    for argument in arguments:
        operations.budget.spend(1 + getattr(argument, "size", 1) // 1000)
    try:
        result = found.run(Call(name, nargout, operations), *arguments)
    except MatlabError as error:
        if not error.column and not error.cause.startswith("'") and name not in ("error", "assert"):
            error.cause = f"'{name}': {error.cause}"
        raise
    except (ValueError, TypeError, ArithmeticError, IndexError, AttributeError, KeyError) as error:
        kinds = ", ".join(f"{class_of(argument)} {size_text(argument)}" for argument in arguments)
        raise MatlabError(f"'{name}' cannot take these arguments ({kinds}): {error}") from error
    return result[: max(nargout, 1)] if isinstance(result, tuple) else (result,)


def names_of(module: str) -> Sequence[str]:
    """The names that one module of the table defines."""
    return TABLE[module].split()
