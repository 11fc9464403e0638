function made = groupNormalizationLayer(varargin)
    % GROUPNORMALIZATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = [{'Epsilon'}, standin.factors('Offset', 'Scale')];
    words = {'all-channels', 'channel-wise'};
    made = standin.layer('groupNormalizationLayer', varargin, {'NumGroups'}, own, words);
    made = standin.filled(made, 'Epsilon', 1e-5);
    standin.sized(made, 'Offset', [NaN, 1], 'Scale', [NaN, 1]);
end
