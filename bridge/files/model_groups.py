"""Where packages group a model's own parameters, which classic files list in a row."""

from __future__ import annotations

GROUPS = {
    "ConfigManagerSettings": """
        ConfigurationManager ModelVersionFormat ModifiedByFormat ModifiedDateFormat RTWModifiedTimeStamp UpdateHistory
        """,
    "EditorSettings": """
        BlockDescriptionStringDataTip BlockNameDataTip BlockParametersDataTip BlockVariantConditionDataTip
        BrowserLookUnderMasks BrowserShowLibraryLinks ExecutionContextIcon FunctionConnectors IgnoreBidirectionalLines
        LibraryLinkDisplay MultiThreadCoSim MultithreadedSim PortDataTypeDisplayFormat SampleTimeAnnotations
        SampleTimeColors ScheduleConnectors ShowAllPropagatedSignalLabels ShowDesignRanges ShowEditTimeAdvisorChecks
        ShowEditTimeErrors ShowEditTimeWarnings ShowLineDimensions ShowLinearizationAnnotations ShowLoopsOnError
        ShowMarkup ShowPortDataTypes ShowPortUnits ShowSignalResolutionIcons ShowStorageClass ShowSubsystemDomainSpec
        ShowTestPointIcons ShowViewerIcons ShowVisualizeInsertedRTB SortedOrder StatusBar ToolBar VariantCondition
        WideLines
        """,
    "SimulationSettings": """
        AccelMakeCommand AccelSystemTargetFile AccelTemplateMakefile CodeVerificationMode DataLoggingOverride
        EnablePacing InstrumentedSignals LinearizationMsg NumberOfLastSnapshots NumberOfSteps PacingRate
        ParamWorkspaceSource PauseTimes Profile SILPILModeSetting SILPILSimulationModeModelRef
        SILPILSimulationModeTopModel SILPILSystemUnderTest SimTabSimulationMode SimulationMode SnapshotBufferSize
        SnapshotInterval TryForcingSFcnDF VisualizeLoggedSignalsWhenLoggingToFile
        """,
    "Verification": """
        CovBoundaryAbsTol CovBoundaryRelTol CovCumulativeReport CovCumulativeVarName CovEnableCumulative
        CovExternalEMLEnable CovForceBlockReductionOff CovHtmlReporting CovMetricSettings CovModelRefEnable
        CovNameIncrementing CovPath CovReportOnPause CovSFcnEnable CovSaveName CovSaveSingleToWorkspaceVar CovStartTime
        CovStopTime CovUseTimeInterval RecordCoverage covSaveCumulativeToWorkspaceVar
        """,
    "ExternalMode": """
        ExtModeAddSuffixToVar ExtModeArchiveMode ExtModeArmWhenConnect ExtModeAutoIncOneShot
        ExtModeAutoUpdateStatusClock ExtModeBatchMode ExtModeEnableFloating ExtModeIncDirWhenArm ExtModeLogAll
        ExtModeSkipDownloadWhenConnect ExtModeTrigDelay ExtModeTrigDirection ExtModeTrigDuration
        ExtModeTrigDurationFloating ExtModeTrigElement ExtModeTrigHoldOff ExtModeTrigLevel ExtModeTrigMode
        ExtModeTrigPort ExtModeTrigSignalOutputPortIndex ExtModeTrigType ExtModeWriteAllDataToWs
        """,
    "EngineSettings": """
        BufferReuse ConfigurableSubsystemUsage TunableVars TunableVarsStorageClass TunableVarsTypeQualifier
        VariantFading
        """,
    "ModelReferenceSettings": "OrderedModelArguments ShowModelReferenceBlockIO ShowModelReferenceBlockVersion",
    "ConcurrentExecutionSettings": "DataTransfer ExplicitPartitioning ModelMappings",
}
"""The groups in the order in which packages have them, and what belongs to each: parameters and objects by name."""


def usual_groups() -> dict[str, str]:
    """The group of each name."""
    return {name: group for group, names in GROUPS.items() for name in names.split()}
