function made = featureInputLayer(varargin)
    % FEATUREINPUTLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.entry('featureInputLayer', varargin, {});
end
