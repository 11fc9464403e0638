function made = clippedReluLayer(varargin)
    % CLIPPEDRELULAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('clippedReluLayer', varargin, {'Ceiling'}, {});
end
