function made = batchNormalizationLayer(varargin)
    % BATCHNORMALIZATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = {'TrainedMean', 'TrainedVariance', 'Epsilon', 'MeanDecay', 'VarianceDecay'};
    made = standin.layer('batchNormalizationLayer', varargin, {}, [own, standin.factors('Offset', 'Scale')]);
    made = standin.filled(made, 'Epsilon', 1e-5);
    standin.sized(made, 'Offset', [NaN, 1], 'Scale', [NaN, 1], 'TrainedMean', [NaN, 1], 'TrainedVariance', [NaN, 1]);
end
