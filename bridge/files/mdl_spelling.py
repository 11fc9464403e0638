"""Which values classic files spell without quotes.

Text is quoted, switches are not; numbers and brackets are unless their name is one of those below, which Simulink
stores as numbers rather than as expressions.
"""

from __future__ import annotations

import re

_SWITCHES_IN_QUOTES = """
    AutoFitVis CovModelRefEnable CutJoint DiagnosticSuppressor ExtModeArchiveMode Frame Grid
    LogicAnalyzerPlugin MarkAsCut ModelFunctionsGlobalVisibility RTWCompilerOptimization
    SimCompilerOptimization SyncWhenCopied UpdateFromCAD UseDivisionForNetSlopeComputation ZoomMode
"""
_QUOTED_SWITCHES = frozenset(_SWITCHES_IN_QUOTES.split())
_QUOTING_SECTIONS = ("MaskDefaults", "MaskParameterDefaults", "Inport", "Outport")  # the ports of the interface
_NUMBERS_WITHOUT = """
    BlockRotation CompileTimeRecursionLimit CovBoundaryAbsTol CovBoundaryRelTol CovStartTime CovStopTime DstPort
    ERTMultiwordLength ExpressionDepthLimit ExtModeStaticAllocSize ExtModeTransport ExtModeTrigDelay
    ExtModeTrigDuration ExtModeTrigHoldOff ExtModeTrigLevel ExtrapolationOrder FontSize HasInitializeEvent
    HasTerminateEvent IsExportFunctionModel LogSignal MangleLength MaxIdLength MaxMDLFileLineLength MaxOrder
    MaxPoints MdlSubVersion MemcpyThreshold ModelBrowserWidth MultiwordLength NumModelReferences
    NumProvidedFunctions NumRequiredFunctions NumResetEvents NumRootInports NumRootOutports NumTestPointedSignals
    NumberNewtonIterations NumberOfLastSnapshots NumberOfSteps ParamTuneLevel PassReuseOutputArgsThreshold PortIndex
    PortNumber ProdBitPerChar ProdBitPerDouble ProdBitPerFloat ProdBitPerInt ProdBitPerLong ProdBitPerLongLong
    ProdBitPerPointer ProdBitPerPtrDiffT ProdBitPerShort ProdBitPerSizeT ProdWordSize RTWModifiedTimeStamp
    RollThreshold ScopeRefreshTime SharedConstantsCachingThreshold SignalDisplayLevel SimscapeLogDataHistory
    SnapshotBufferSize SnapshotInterval SrcPort TargetBitPerChar TargetBitPerDouble TargetBitPerFloat
    TargetBitPerInt TargetBitPerLong TargetBitPerLongLong TargetBitPerPointer TargetBitPerPtrDiffT TargetBitPerShort
    TargetBitPerSizeT TargetPreprocMaxBitsSint TargetPreprocMaxBitsUint TargetTypeEmulationWarnSuppressLevel
    TargetWordSize TiledPageScale Version ZOrder
"""
_BARE_NUMBERS = frozenset(_NUMBERS_WITHOUT.split())
_BRACKETS_WITHOUT = """
    ConfigPrmDlgPosition InternalMargins Labels Location Points Ports Position TiledPaperMargins
"""
_BARE_BRACKETS = frozenset(_BRACKETS_WITHOUT.split())
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|-?inf|NaN", re.IGNORECASE)
_BRACKETS = re.compile(r'\[[^\]\["{}\n]*\]')


def is_bare(name: str, text: str, section: str = "") -> bool:
    """Whether the value `text` of `name` in `section` stands without quotes."""
    if text in ("on", "off"):
        return name not in _QUOTED_SWITCHES and section not in _QUOTING_SECTIONS
    if name in _BARE_NUMBERS:
        return _NUMBER.fullmatch(text) is not None
    if name == "BlockType" or name == "ListType":
        return text.replace("-", "").isalnum() and text.isascii()
    return name in _BARE_BRACKETS and _BRACKETS.fullmatch(text) is not None
