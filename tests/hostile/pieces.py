"""What is put into texts where formats are fragile: brackets, quotes, escapes, numbers, names, hostile phrases."""

from __future__ import annotations

__all__ = ["CASES", "CODE", "DIAGRAMS", "EXPRESSIONS", "LOCKS", "MODELS", "TABLES"]

_MODELS = r"""
" { } \ [ ] < > </P> <P_Name="x"> & &#0; Block_{ <Block_BlockType="a"_Name="b"> <System_Ref="system_root"/> <!DOCTYPE_a>
<Branch> #
Branch_{ 99999999999999999999 -1 Array_{ $ Name SID BlockType out:1 in: System Ref linkNode Ports PropName
1e9 [0,_0] <!ENTITY_a_"b"> &a; [1,_2,_3] 1#1 Name_"m" SubSystem Reference
"""
_EXPRESSIONS = r"""
a r k z g q p f t 0 -1 NaN Inf [] {} '' 'abc' "s" 1e308 1e9 zeros(1e9) ones(1e5,1e5) 1:1e12 true single(2) int64(5)
uint8(3) @(x)x 1i : 2^53 repmat(1,1e6,1e6) f(f) cell(1e9,1) rand(1e5) eye(1e6) kron(r,r) a(:) while(1),end
for(k=1:1e9),end a(end+1)=1 strrep('a','a',repmat('b',1,1e8)) cumsum(1:1e7) ( ) [ ] { } ' , ; ... + - * .* / ^ .^ \
== < & | && ~ = @ % é 99999999999999999999 linspace(0,1,1e9) num2str(a) inv(a) a\a
"""
_DIAGRAMS = """
1e12 1e-9 -1 inf zeros(1e9,1) [0.1_0.05] 0 double int8 boolean Inherit:_Inherit_via_internal_rule Element-wise(K.*u)
Matrix(K*u) Gain Delay UnitDelay Sum Product Switch DiscreteFir Lookup_n-D 1000000000 - |++- off on ones(1e4,1e4)
"""
_CODE = "LSTM dlnetwork layers Name single"
_TABLES = ', " nan inf 1e999 y[99999999] time [0]'
_CASES = """
[ ] = " { } , 1 true 1979-05-27 nan inf [[sides]] model network [sides] tolerance engines signals "" [] {} require
stop_time absolute evidence ''' ../.. -1 name
"""
_LOCKS = r"""
side compared given to of with class told " \ \u00 \ud800 , : samples channels interpolated and exact absolute ulp 1e999
-1 99999999999999999999 0 [ ] "" "y" # <<<<<<<
"""
_ODD = [b"\n", b" ", b"\0", b"\xff", b"\r", b"\t"]


def _pieces(text: str) -> list[bytes]:
    """The words of a text, in which an underscore stands for a blank."""
    return [word.replace("_", " ").encode() for word in text.split()] + _ODD


MODELS = [*_pieces(_MODELS), b"\xff\xfe", b"\n__MWOPC_PART_BEGIN__ /x\n", b'\n"']
EXPRESSIONS = _pieces(_EXPRESSIONS)
DIAGRAMS = [*_pieces(_DIAGRAMS), *EXPRESSIONS[:40]]
CODE = [*EXPRESSIONS, *_pieces(_CODE), b"end\n", b"if x\n", b"while 1\n"]
TABLES = _pieces(_TABLES)
CASES = _pieces(_CASES)
LOCKS = _pieces(_LOCKS)
