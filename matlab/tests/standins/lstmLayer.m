function made = lstmLayer(varargin)
    % LSTMLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.recurrent('lstmLayer', varargin, 4, 1, {'HiddenState', 'CellState'});
end
