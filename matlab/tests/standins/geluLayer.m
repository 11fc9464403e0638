function made = geluLayer(varargin)
    % GELULAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('geluLayer', varargin, {}, {'Approximation'});
    made = standin.filled(made, 'Approximation', 'none');
    standin.chosen(made, 'Approximation', {'none', 'tanh'});
end
