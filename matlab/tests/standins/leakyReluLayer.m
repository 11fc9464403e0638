function made = leakyReluLayer(varargin)
    % LEAKYRELULAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('leakyReluLayer', varargin, {'Scale'}, {});
end
