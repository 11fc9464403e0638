function made = multiplicationLayer(varargin)
    % MULTIPLICATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('multiplicationLayer', varargin, {'NumInputs'}, {});
end
