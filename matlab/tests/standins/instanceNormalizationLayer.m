function made = instanceNormalizationLayer(varargin)
    % INSTANCENORMALIZATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = [{'Epsilon'}, standin.factors('Offset', 'Scale')];
    made = standin.layer('instanceNormalizationLayer', varargin, {}, own);
    made = standin.filled(made, 'Epsilon', 1e-5);
    standin.sized(made, 'Offset', [NaN, 1], 'Scale', [NaN, 1]);
end
