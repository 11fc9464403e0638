function made = classificationLayer(varargin)
    % CLASSIFICATIONLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    made = standin.layer('classificationLayer', varargin, {}, {'Classes', 'ClassWeights'});
end
