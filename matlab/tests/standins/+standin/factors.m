function names = factors(varargin)
    % FACTORS  Names of the arguments that go with learnables.
    %
    %   names = standin.factors('Weights', 'Bias') is the learnables themselves, their
    %   initializers, learn rate factors and L2 factors, as the toolbox spells them.

    names = {};
    for k = 1:numel(varargin)
        stem = varargin{k};
        if strcmp(stem, 'Weights')
            stem = 'Weight';
        end
        names = [names, varargin(k), {[varargin{k} 'Initializer'], [stem 'LearnRateFactor'], [stem 'L2Factor']}];
    end
end
