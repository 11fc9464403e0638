function made = selfAttentionLayer(varargin)
    % SELFATTENTIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    own = {'NumValueChannels', 'OutputSize', 'AttentionMask', 'DropoutProbability'};
    learnables = standin.factors('QueryWeights', 'KeyWeights', 'ValueWeights', 'OutputWeights', ...
                                 'QueryBias', 'KeyBias', 'ValueBias', 'OutputBias');
    made = standin.layer('selfAttentionLayer', varargin, {'NumHeads', 'NumKeyChannels'}, [own, learnables]);
    made = standin.filled(made, 'AttentionMask', 'none');
    standin.chosen(made, 'AttentionMask', {'none', 'causal'});
    keys = made.Properties.NumKeyChannels;
    values = keys;
    if isfield(made.Properties, 'NumValueChannels')
        values = made.Properties.NumValueChannels;
    end
    standin.sized(made, 'QueryWeights', [keys, NaN], 'KeyWeights', [keys, NaN], 'ValueWeights', [values, NaN], ...
                  'OutputWeights', [NaN, values], 'QueryBias', [keys, 1], 'KeyBias', [keys, 1], ...
                  'ValueBias', [values, 1], 'OutputBias', [NaN, 1]);
end
