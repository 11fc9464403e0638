function made = sequenceInputLayer(varargin)
    % SEQUENCEINPUTLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.entry('sequenceInputLayer', varargin, {'MinLength'});
end
