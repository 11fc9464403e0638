function made = gruLayer(varargin)
    % GRULAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.recurrent('gruLayer', varargin, 3, 1, {'HiddenState'});
end
