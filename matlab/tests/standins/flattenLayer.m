function made = flattenLayer(varargin)
    % FLATTENLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('flattenLayer', varargin, {}, {});
end
