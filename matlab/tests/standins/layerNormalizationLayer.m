function made = layerNormalizationLayer(varargin)
    % LAYERNORMALIZATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = {'Epsilon', 'OperationDimension'};
    made = standin.layer('layerNormalizationLayer', varargin, {}, [own, standin.factors('Offset', 'Scale')]);
    made = standin.filled(made, 'Epsilon', 1e-5);
    standin.sized(made, 'Offset', [NaN, 1], 'Scale', [NaN, 1]);
end
