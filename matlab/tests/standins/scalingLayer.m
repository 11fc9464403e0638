function made = scalingLayer(varargin)
    % SCALINGLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('scalingLayer', varargin, {}, {'Scale', 'Bias'});
    standin.sized(made, 'Scale', [NaN, 1], 'Bias', [NaN, 1]);
end
