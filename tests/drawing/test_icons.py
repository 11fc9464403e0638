"""What blocks show, as their kind and parameters ask for it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from bridge.drawing.colours import colour, is_dark
from bridge.drawing.geometry import Box, box_of
from bridge.drawing.icons import icon
from bridge.drawing.mask_icon import mask_icon, port_labels_of, shows_ports
from bridge.drawing.names import is_automatic, name_shown
from bridge.drawing.notes import plain
from bridge.drawing.words import polynomial, words
from bridge.model import Block, Mask


def block(kind: str, name: str = "b", **parameters: str) -> Block:
    return Block(kind, name, parameters={"Position": "[0, 0, 60, 40]", **parameters})


def texts(one: Block) -> list[str]:
    drawn = icon(one, box_of(one), {})
    return [unescape(re.sub("<[^>]*>", " ", found)).strip() for found in re.findall(r"<text.*?</text>", drawn)]


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (block("Gain", Gain="2.5"), ["2.5"]),
        (block("Gain", Gain="a_very_long_name_of_a_gain"), ["-K-"]),
        (block("Gain", Gain="F", Multiplication="Matrix(K*u)"), ["K*u"]),
        (block("Constant", Value="[1 2 3 4 5 6 7 8 9 10 11]"), ["-C-"]),
        (block("UnitDelay"), ["1", "z"]),
        (block("Delay", DelayLength="12"), ["z⁻¹²"]),
        (block("TransferFcn", Numerator="[1]", Denominator="[1 2 0]"), ["1", "s²+2s"]),
        (block("TransferFcn", Numerator="num", Denominator="den"), ["num(s)", "den(s)"]),
        (block("DiscreteTransferFcn", Denominator="[1 -1.234567 0.1234567 0.01234567]"), ["num(z)", "den(z)"]),
        (block("DiscreteFilter", Denominator="[1 0.5]"), ["1", "1+0.5z⁻¹"]),
        (block("DiscreteIntegrator", IntegratorMethod="Integration: Trapezoidal"), ["K Ts (z+1)", "2(z-1)"]),
        (block("ZeroPole", Zeros="[1]", Poles="[0 -1]", Gain="[2]"), ["2(s-1)", "s(s+1)"]),
        (block("Product", Inputs="*/"), ["×", "÷"]),
        (block("Product", Inputs="3"), ["×"]),
        (block("Product", Inputs="*"), ["Π"]),
        (block("Sum", Inputs="+-", IconShape="rectangular"), ["+", "−"]),
        (block("Sum", Inputs="+", IconShape="rectangular"), ["Σ"]),
        (block("RelationalOperator", Operator="~="), ["≠"]),
        (block("Math", Operator="reciprocal"), ["1", "u"]),
        (block("Switch", Criteria="u2 > Threshold", Threshold="3"), ["> 3"]),
        (block("Goto", GotoTag="A", TagVisibility="global"), ["A"]),
        (block("From", GotoTag="A"), ["[A]"]),
        (block("If", IfExpression="u1>0"), ["u1", "if(u1>0)", "else"]),
        (block("DataTypeConversion", OutDataTypeStr="int16"), ["int16"]),
        (block("Reference", SourceBlock="simulink_extras/Transformations/Degrees\nto Radians"), ["D2R"]),
        (block("Reference", SourceBlock="simulink/Logic/Compare\nTo Constant", relop=">", const="7"), ["> 7"]),
        (block("Reference", SourceBlock="slpidlib/PID Controller", Controller="PI"), ["PI(s)"]),
        (block("NewKindOf2031"), ["New Kind\n  Of2031".replace("\n", "")]),
    ],
    ids=lambda value: value.kind if isinstance(value, Block) else "",
)
def test_what_a_block_shows(one: Block, shown: list[str]) -> None:
    assert [" ".join(text.split()) for text in texts(one)] == [" ".join(text.split()) for text in shown]


def test_polynomials() -> None:
    assert polynomial("[1 -1 0.5]", "s") == "s²-s+0.5"
    assert polynomial("[0 0]", "s") == "0"
    assert polynomial("[1 0 0 0 0 0 0 0 0 0 0]", "z") == "z¹⁰"
    assert polynomial("a*[1 2]", "s") == "a*[1 2]"


def test_every_kind_says_something_and_stays_in_its_box() -> None:
    assert words(block("SecondOrderIntegrator"), {}) == ("1", "s²")
    assert words(block("VariableSomething"), {}) == "Variable Something"


def masked(display: str, **options: str) -> Block:
    one = block("SubSystem")
    one.mask = Mask(display=display, options=options)
    return one


BOX = Box(0, 0, 100, 50)


def test_a_mask_draws_what_stands_in_it_as_text_and_numbers() -> None:
    assert ">PI(z)<" in str(mask_icon(masked("disp('PI(z)')"), BOX))
    assert 'd="M0 50L100 0"' in str(mask_icon(masked("plot([0 1], ...\n [0 1])"), BOX))
    assert 'd="M50 25L100 0"' in str(mask_icon(masked("plot([0.5 1], [0.5 1])", IconUnits="normalized"), BOX))
    assert "color:#ff0000" in str(mask_icon(masked("color('red'); disp('a')"), BOX))
    assert ">it's<" in str(mask_icon(masked("fprintf('it''s')"), BOX))
    drawn = str(mask_icon(masked("dpoly(1,[1 0],'z')"), BOX))
    assert ">1<" in drawn
    assert ">z<" in drawn


def test_a_mask_that_calculates_is_not_evaluated() -> None:
    assert mask_icon(masked("plot(sin(0:3.14))"), BOX) is None
    assert mask_icon(masked("disp(get_param(gcb,'name'))"), BOX) is None
    assert shows_ports(masked(""))
    assert not shows_ports(masked("disp('a')"))
    assert shows_ports(masked("disp('a')", IconOpaque="transparent"))
    assert port_labels_of(masked("port_label('input',1,'DC');")) == {"inputs": {1: "DC"}, "outputs": {}}


def test_a_hostile_mask_does_not_hang() -> None:
    for display in ("plot(" + "1" * 50_000, f"plot([{'1 ' * 9000}x])", "disp(" * 9000, f"text(0,0,'{'{' * 9000}')"):
        mask_icon(masked(display), BOX)


def test_names_that_simulink_gave_itself_are_hidden_since_r2017a() -> None:
    for kind, name in (("Sin", "Sine Wave2"), ("Product", "Divide"), ("Gain", "Gain1"), ("Sum", "Add\n")):
        assert is_automatic(block(kind, name))
        assert not name_shown(block(kind, name), {}, "R2023b")
        assert name_shown(block(kind, name), {}, "R2013a")
        assert name_shown(block(kind, name, HideAutomaticName="off"), {}, "R2023b")
    assert not is_automatic(block("Gain", "Kp"))
    assert not is_automatic(block("Inport", "In1"))
    assert not name_shown(block("Gain", "Kp", ShowName="off"), {}, "R2013a")


def test_colours() -> None:
    assert [colour(text) for text in ("lightBlue", "[1.0, 0.5, 0]", "automatic", "[2, 3, 4]", None)] == [
        "#add8e6", "#ff8000", None, None, None,
    ]  # fmt: skip
    assert is_dark("#000000")
    assert not is_dark("#ff0000")


def test_html_notes_are_read_as_text() -> None:
    note = (
        "<!DOCTYPE HTML><html><head><style>p {x}</style></head><body><p>a &lt; b</p>\n<ul><li>c</li></ul></body></html>"
    )
    assert plain(note).replace("\n", "|") == "a < b|• c"
    assert plain("a\nb") == "a\nb"
