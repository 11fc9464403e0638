function made = positionEmbeddingLayer(varargin)
    % POSITIONEMBEDDINGLAYER  Stand-in for the toolbox's function: checks its arguments and keeps them.

    sizes = {'OutputSize', 'MaxPosition'};
    made = standin.layer('positionEmbeddingLayer', varargin, sizes, standin.factors('Weights'));
    standin.sized(made, 'Weights', [made.Properties.OutputSize, made.Properties.MaxPosition]);
end
