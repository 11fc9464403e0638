function made = bilstmLayer(varargin)
    % BILSTMLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.recurrent('bilstmLayer', varargin, 4, 2, {'HiddenState', 'CellState'});
end
