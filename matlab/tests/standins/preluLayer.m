function made = preluLayer(varargin)
    % PRELULAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('preluLayer', varargin, {}, standin.factors('Alpha'));
    standin.sized(made, 'Alpha', [NaN, 1]);
end
